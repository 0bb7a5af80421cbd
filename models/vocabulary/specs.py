"""The grammar the nouns are written in: tasks, stages, documents, materials, procedures.

The workflow executes these objects and the pages explain from the same ones, so that what the
system says and what it does cannot drift apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.vocabulary.forms import Form
from models.vocabulary.limits import Limit
from models.vocabulary.roles import Role
from models.vocabulary.text import Text

#: In `not_by`: nobody of the filing party, and not the natural person who filed.
FILER = "filer"

#: The outcome of a task whose limit passed without an answer.
OVERDUE = "overdue"


#: What only a supervisor can set, when nobody answers: nobody says it of himself.
SUPERVISED: dict[str, Text] = {
    "sign_absent": Text("Record as absent", "按未到会记录"),
    "another_institution": Text("Ask another institution", "另行委托机构"),
    "another_lead": Text("Let the next member lead", "由下一位专家担任组长"),
}


class Clock(StrEnum):
    """Whose time runs while a task waits (special procedures do not count against the centre)."""

    CENTRE = "centre"
    APPLICANT = "applicant"
    SPECIAL = "special"
    PUBLIC = "public"


@dataclass(frozen=True)
class Outcome:
    """One way to answer a task, and where it leads in plain words."""

    key: str
    label: Text
    leads_to: Text
    negative: bool = False


_UNDER_WAY = Text("Under review", "办理中")


@dataclass(frozen=True)
class Task:
    """What is asked of whom, for how long, and under which rule.

    Args:
        key: kind of the task, as the HTTP contract names it.
        title: what the person has to do, in verb form.
        by: role that may answer. FILERS' roles mean the filing party, EXPERT the panel member of the
            slot, AGENCY the institution assigned to the case.
        form: what the answer contains.
        outcomes: ways to answer; the first is the straight path.
        limit: time limit key; None only where the limit is the procedure's own.
        rules: ids of docs/rules.yaml it rests on.
        public: what the applicant and the public read while it is open.
        not_by: earlier task keys (or FILER) whose natural person may not answer this one.
        clock: whose time runs.
        lapses: True where silence has an outcome (OVERDUE); otherwise officers are reminded, never replaced.
        overrides: outcomes a supervisor may set with a reason when nobody answers.
        checks: names of checks against the rows (services.checks) run before an answer counts.
        extension: limit key of the longest extension; None = cannot be extended.
        blind: answers of the siblings stay hidden until all are in.
        beside: task keys whose answers are shown on its page (the other side of a joint review).
        papers: kinds of papers that whoever answers may add meanwhile (photos of a visit).
        outside: what it is called before the applicant, where its title would tell what nobody has confirmed yet.
        each_objection: asked once for each objection of a publicity; its slot is the objection's.
    """

    key: str
    title: Text
    by: Role
    form: type[Form]
    outcomes: tuple[Outcome, ...]
    limit: Limit
    rules: tuple[str, ...] = ()
    public: Text = _UNDER_WAY
    not_by: tuple[str, ...] = ()
    clock: Clock = Clock.CENTRE
    lapses: bool = False
    overrides: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    extension: str | None = "officer_extension_wd"
    blind: bool = False
    beside: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    outside: Text | None = None
    each_objection: bool = False

    def outcome(self, key: str) -> Outcome | None:
        """The outcome named `key`, or None."""
        return next((o for o in self.outcomes if o.key == key), None)


@dataclass(frozen=True)
class Stage:
    """A step people see. `limits` are the working-day keys it normally takes, for the forecast.

    An optional one that the application itself decides on says where: `asked_at` is the path of the form,
    `asked_by` what stands there when the stage comes.
    """

    key: str
    title: Text
    public: Text
    limits: tuple[str, ...]
    rules: tuple[str, ...] = ()
    optional: bool = False
    asked_at: str = ""
    asked_by: tuple[str, ...] = ()


class Audience(StrEnum):
    """Who may read a document besides the centre and the auditor."""

    FILER = "filer"
    STAFF = "staff"
    PUBLIC = "public"


@dataclass(frozen=True)
class Document:
    """A letter or appendix the course issues.

    Args:
        key: kind; also the template's file name in document_templates/<procedure>/.
        series: the word in the document number, e.g. "补" in 沪碳普惠补〔2026〕0001号.
        personal: prints personal data in full: few may read it, and each look by another than its owner is kept (M10).
        reviewers: roles asked for an opinion on the case that may read it (experts, the institution).
        own: the applicant's own paper, printed as it was typed.
    """

    key: str
    title: Text
    series: str
    audience: Audience = Audience.FILER
    personal: bool = False
    reviewers: frozenset[Role] = frozenset()
    own: bool = False


def _one(form: dict[str, Any]) -> int:
    return 1


@dataclass(frozen=True)
class Material:
    """One item of the materials list (rules G06, G21).

    Args:
        needed: given the form's data (a dict, perhaps incomplete), is it mandatory?
        generated: made by the system from the form; a sealed scan may be uploaded.
        count: how many papers of this kind the form calls for, where it is needed (one for each sub-scenario, G22).
        personal: shows personal data in full, as Document.personal.
    """

    kind: str
    title: Text
    when: Text
    needed: Callable[[dict[str, Any]], bool]
    generated: bool = False
    personal: bool = False
    count: Callable[[dict[str, Any]], int] = _one


@dataclass(frozen=True)
class Shown:
    """A field of the form that the public may read; for a list of rows, the columns that are published."""

    path: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublicSection:
    """A part of a notice, with its heading."""

    title: Text
    fields: tuple[Shown, ...]


@dataclass(frozen=True)
class Highlight:
    """A line of the summary table in notices and opinions: where it stands in the form, and its title."""

    path: str
    title: Text


@dataclass(frozen=True)
class Office:
    """Who writes the letters of a procedure, in the words of letters.

    Args:
        name: of the office, as it stands over and under a letter.
        own: how it speaks of itself. basis: the rules its review of the papers rests on, where no closer one is known.
        decided_by: the rules a rejection rests on. looks_at: what the review of the papers is about.
        not_counted: whose time is not counted. duties: what the applicant is reminded of on acceptance.
    """

    name: str
    own: str
    basis: str
    decided_by: str
    looks_at: str
    not_counted: str
    duties: str


CENTRE_OFFICE = Office(
    "上海市减污降碳管理运行技术中心",
    "我中心",
    "《上海市碳普惠管理办法》《上海市碳普惠减排项目和减排场景开发与申请指南》关于形式审查的规定。",
    "《上海市碳普惠管理办法》《上海市碳普惠减排项目和减排场景开发与申请指南》关于技术审查、专家技术论证、"
    "公示和出具技术审核意见的规定，以及所适用的方法学。",
    "完整性、规范性",
    "专业技术服务机构审查、专家技术论证、你单位补正和完善文本以及公示所用时间",
    "配合技术审查和专家论证。公布前你单位可以通过平台撤回申请。与本案评审人员有利害关系的，可以在专家论证前申请其回避。",
)

_SUBJECT = Text("application", "申请事项")
_FILED, _OPENED = Text("Submitted", "提交申请"), Text("Opened by the office", "启动")


@dataclass(frozen=True)
class ProcedureSpec:
    """The nouns of one procedure, gathered.

    Args:
        kind: "project" or "scenario": the family of methodologies it rests on and what its result is registered as.
        published: the fields a notice shows; what is not named here is never published (M10).
        identity_paths: what makes two applications the same, and whose they are, by name, with its place in the form.
        fact_paths: where the form keeps what services know by name (applicant_name, district …); a name left out
            is a fact this procedure does not have.
        subject: what is applied for, in the words of letters: 减排项目, 减排场景.
        register_state: state of an entry in the public register on the day it is published.
        highlights: the summary table of notices and opinions.
        ex_officio: opened by the office about a published entry (fact "project_number"); from its submission the
            filing party is the holder of that entry, who answers and reads but did not ask for it.
        public_after: the stage after which the result is public and is no longer withdrawn.
        ended_public: status of a case whose result is public or posted when two persons end what is left of its course.
        office: who writes the letters.
    """

    key: str
    title: Text
    summary: Text
    prefix: str
    form: type[Form]
    declaration: Text
    materials: tuple[Material, ...]
    eligibility: tuple[str, ...]
    stages: tuple[Stage, ...]
    tasks: tuple[Task, ...]
    documents: tuple[Document, ...]
    filers: frozenset[Role]
    read_by: frozenset[Role]
    success: str
    title_path: str = ""
    rules: tuple[str, ...] = ()
    identity_paths: dict[str, str] = field(default_factory=dict)
    subject: Text = _SUBJECT
    register_state: str = "implementing"
    highlights: tuple[Highlight, ...] = ()
    fact_paths: dict[str, str] = field(default_factory=dict)
    published: tuple[PublicSection, ...] = ()
    kind: str = "project"
    ex_officio: bool = False
    public_after: str = "publication"
    ended_public: str = "published"
    office: Office = CENTRE_OFFICE

    @property
    def opening(self) -> Text:
        """What begins the course: somebody files, or the office opens it."""
        return _OPENED if self.ex_officio else _FILED

    def task(self, key: str) -> Task:
        """The task named `key`. Raises KeyError."""
        return next(t for t in self.tasks if t.key == key) if self.has_task(key) else _missing(self.key, key)

    def has_task(self, key: str) -> bool:
        return any(t.key == key for t in self.tasks)

    def stage(self, key: str) -> Stage:
        return next(s for s in self.stages if s.key == key)

    def document(self, key: str) -> Document:
        return next(d for d in self.documents if d.key == key)


def _missing(procedure: str, key: str) -> Task:
    raise KeyError(f"{procedure} has no task {key}")
