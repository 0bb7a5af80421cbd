"""Who may do what, written down: one line a route. Whatever is not in the table is refused by the test itself.

The facts behind the rules come from the nouns: `ProcedureSpec.read_by` and `filers`, `Task.by`, `Document.audience`.
Answers: "in" (let in), "unknown" (as if it did not exist), "forbidden" (may know of it, may not do it), "sign in".
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from models.procedures import PROCEDURES
from models.vocabulary.roles import CENTRE, OVERSIGHT, STAFF, Role
from models.vocabulary.specs import Audience
from models.vocabulary.statuses import SeatState

SPEC = PROCEDURES["project_application"]
WATCHERS = OVERSIGHT | {Role.SUPERVISOR}
EVALUATION_READERS = OVERSIGHT | {Role.OFFICER, Role.SUPERVISOR, Role.EXCHANGE, Role.BUREAU}
LIBRARY_READERS = CENTRE | OVERSIGHT | {Role.BUREAU}
LEDGER_WATCHERS = frozenset({Role.ISSUER, Role.SUPERVISOR, Role.AUDITOR, Role.BUREAU, Role.EXCHANGE})
PERSONAL_READERS = STAFF | {Role.AUDITOR}
SEATED = frozenset({SeatState.ACCEPTED.value, SeatState.SUBMITTED.value})


@dataclass(frozen=True)
class Person:
    """Somebody as the rules see them; `user_id` None is nobody."""

    user_id: int | None
    roles: frozenset[Role] = frozenset()
    party_id: int | None = None

    def is_any(self, roles: frozenset[Role]) -> bool:
        return bool(self.roles & roles)


@dataclass(frozen=True)
class Object:
    """What a route is asked about; `exists` False stands for something that never was."""

    exists: bool = True
    draft: bool = False
    filer: int | None = None
    principal: int | None = None
    agency: int | None = None
    seats: dict[int, str] = field(default_factory=dict)  # user -> state on the panel
    task: str = ""
    closed_by: int | None = None
    holder: int | None = None
    reserved_for: int | None = None
    document: str = ""
    blind: bool = False
    objected: bool = False  # with a paper of an objection


Rule = Callable[[Person, Object], str]


def reads(p: Person, o: Object) -> bool:
    """May the person see the case?"""
    if not o.exists:
        return False
    if p.party_id is not None and p.is_any(SPEC.filers) and p.party_id == o.filer:
        return True
    if o.draft:
        return False
    return (
        p.is_any(SPEC.read_by)
        or (p.is_any(SPEC.filers) and p.party_id is not None and p.party_id == o.principal)
        or (Role.AGENCY in p.roles and p.party_id is not None and p.party_id == o.agency)
        or (p.user_id is not None and o.seats.get(p.user_id) in SEATED)
    )


def files(p: Person, o: Object) -> bool:
    """Of the filing party."""
    return reads(p, o) and p.is_any(SPEC.filers) and p.party_id == o.filer


def answers(p: Person, o: Object) -> bool:
    """Is the task this person's to answer? Administrators and auditors decide nothing."""
    if not o.exists or p.is_any(OVERSIGHT):
        return False
    if o.reserved_for is not None:
        return p.user_id == o.reserved_for
    by = SPEC.task(o.task).by
    if by in SPEC.filers:
        return p.is_any(frozenset({by})) and p.party_id == o.filer
    if by is Role.AGENCY:
        return by in p.roles and p.party_id == o.agency
    return by in p.roles


def knows(p: Person, o: Object) -> bool:
    """May the person know of the task?"""
    return o.exists and (
        answers(p, o) or p.user_id == o.closed_by or (p.is_any(STAFF | OVERSIGHT) and reads(p, o))
    )


def opens(p: Person, o: Object) -> bool:
    """May the person read the document?"""
    if not o.exists or not reads(p, o) or not o.document:
        return False
    spec = SPEC.document(o.document)
    if spec.personal and not (files(p, o) or p.is_any(PERSONAL_READERS)):
        return False
    if spec.audience is Audience.PUBLIC:
        return True
    if p.is_any(CENTRE | OVERSIGHT | {Role.BUREAU}):
        return not o.blind or Role.AUDITOR in p.roles
    if p.party_id in (o.filer, o.principal) and p.is_any(SPEC.filers):
        return spec.audience is Audience.FILER
    if Role.EXPERT in p.roles:
        return spec.key in {"appendix_b", "agency_report", "group_opinion", "expert_opinion"} and not o.blind
    return spec.key in {"appendix_b", "agency_report"}


def let(may: bool, otherwise: str = "unknown") -> str:
    return "in" if may else otherwise


def anybody(p: Person, o: Object) -> str:
    return let(o.exists)


def nowhere(p: Person, o: Object) -> str:
    """What is asked for does not exist in this world, for anybody."""
    return "unknown"


def signed(rule: Rule) -> Rule:
    """Nobody is asked to sign in first."""
    return lambda p, o: "sign in" if p.user_id is None else rule(p, o)


def only(roles: frozenset[Role], rule: Rule = lambda p, o: "in") -> Rule:
    """A door for some roles; what is behind it follows another rule."""
    return signed(lambda p, o: rule(p, o) if p.is_any(roles) else "forbidden")


@signed
def member(p: Person, o: Object) -> str:
    return "in"


@signed
def reader(p: Person, o: Object) -> str:
    return let(reads(p, o))


@signed
def filer(p: Person, o: Object) -> str:
    """The filing party; for everybody else the page is not there."""
    return let(files(p, o))


@signed
def filer_acts(p: Person, o: Object) -> str:
    """The filing party; those who may read the case are told that it is not theirs."""
    return let(files(p, o), "forbidden" if reads(p, o) else "unknown")


@signed
def side_reads(p: Person, o: Object) -> str:
    """The parties of a project; staff has pages of its own for the same."""
    side = o.exists and p.party_id in (o.filer, o.principal) and p.is_any(SPEC.filers)
    return let(side and p.party_id is not None, "forbidden" if reads(p, o) else "unknown")


@signed
def filer_asks_for_nothing(p: Person, o: Object) -> str:
    """The filing party asks for something that is not there; others who may read are refused before that."""
    return "forbidden" if reads(p, o) and not files(p, o) else "unknown"


@signed
def confirms(p: Person, o: Object) -> str:
    """Certificates and readings are decided on by the centre's officers (G17)."""
    may = reads(p, o) and p.is_any(frozenset({Role.OFFICER, Role.SUPERVISOR})) and not p.is_any(OVERSIGHT)
    return let(may, "forbidden" if reads(p, o) else "unknown")


@signed
def supervisor_acts(p: Person, o: Object) -> str:
    return let(reads(p, o) and Role.SUPERVISOR in p.roles, "forbidden" if reads(p, o) else "unknown")


@signed
def paper(p: Person, o: Object) -> str:
    """A paper that shows personal data."""
    return let(reads(p, o) and (files(p, o) or p.is_any(PERSONAL_READERS)))


@signed
def objected(p: Person, o: Object) -> str:
    """A paper of who objected: for those whose work needs it, never for the applicant."""
    return let(o.objected and reads(p, o) and p.is_any(PERSONAL_READERS) and not files(p, o))


@signed
def document(p: Person, o: Object) -> str:
    return let(opens(p, o))


@signed
def task_page(p: Person, o: Object) -> str:
    return let(knows(p, o))


@signed
def task_answer(p: Person, o: Object) -> str:
    return let(answers(p, o), "forbidden" if knows(p, o) else "unknown")


@signed
def task_answered(p: Person, o: Object) -> str:
    """Answering: those who only know of it are refused; a task that is closed says so to them, too (409)."""
    if o.closed_by is not None:
        return let(knows(p, o))
    return task_answer(p, o)


@signed
def task_holder(p: Person, o: Object) -> str:
    """Whoever has it in hand; reserved ones cannot be passed on."""
    if o.closed_by is not None:
        return let(knows(p, o))
    return let(o.exists and p.user_id == o.holder, "forbidden" if knows(p, o) else "unknown")


@signed
def task_released(p: Person, o: Object) -> str:
    if o.closed_by is not None:
        return let(knows(p, o))
    mine = o.exists and p.user_id == o.holder and o.reserved_for is None
    return let(mine, "forbidden" if knows(p, o) else "unknown")


@signed
def task_reminded(p: Person, o: Object) -> str:
    if o.closed_by is not None:
        return let(knows(p, o))
    may = knows(p, o) and p.is_any(STAFF | {Role.ADMIN})
    return let(may, "forbidden" if knows(p, o) else "unknown")


@signed
def task_settled(p: Person, o: Object) -> str:
    if o.closed_by is not None:
        return let(knows(p, o))
    return let(knows(p, o) and Role.SUPERVISOR in p.roles, "forbidden" if knows(p, o) else "unknown")


def stood_in_for(p: Person, o: Object) -> str:
    """Nobody of this world is away, so nobody stands in; a task that is closed says so first (409)."""
    if not knows(p, o):
        return "unknown"
    return let(o.closed_by is not None, "forbidden")


@signed
def own_task_of_case(p: Person, o: Object) -> str:
    """Answering on the applicant's pages: a task of the filing party, in its own case."""
    return let(files(p, o) and o.task != "" and SPEC.task(o.task).by in SPEC.filers)


ADMINS = frozenset({Role.ADMIN})
ORDERERS = frozenset({Role.ADMIN, Role.SUPERVISOR})
SHOWN: Rule = lambda p, o: let(reads(p, o))  # noqa: E731 - reads as a line of the table

TABLE: dict[str, Rule] = {
    # ---- everybody
    "GET /openapi.json": anybody,
    "GET /healthz": anybody,
    "GET /metrics": anybody,
    "GET /": anybody,
    "GET /lang/{lang}": anybody,
    "GET /api/v1/procedures": anybody,
    "GET /api/v1/procedures/{key}": anybody,
    "GET /api/v1/public/notices": anybody,
    "GET /api/v1/public/notices/{notice_id}": anybody,
    "POST /api/v1/public/notices/{notice_id}/objections": anybody,
    "GET /api/v1/public/objections/{lookup}": nowhere,
    "POST /api/v1/public/objections/{lookup}/papers": nowhere,
    "GET /api/v1/public/projects": anybody,
    "GET /api/v1/public/projects/{number}": anybody,
    "GET /api/v1/public/certificates/{code}": nowhere,
    "GET /api/v1/public/methodologies": anybody,
    "GET /api/v1/public/methodologies/{methodology}": anybody,
    "GET /api/v1/public/malls": anybody,
    "GET /api/v1/public/malls/{number}": nowhere,
    "GET /help": anybody,
    "GET /help/{name}": anybody,
    "GET /help/pictures/{name}.png": anybody,
    "GET /notices": anybody,
    "GET /notices.rss": anybody,
    "GET /notices/{notice_id}": anybody,
    "GET /notices/{notice_id}/text.json": anybody,
    "POST /notices/{notice_id}/objections": anybody,
    "GET /objections/{lookup}": nowhere,
    "POST /objections/{lookup}/papers": nowhere,
    "GET /mall": anybody,
    "GET /mall/{number}": nowhere,
    "POST /mall/{number}/{act}": only(frozenset({Role.MALL}), nowhere),
    "POST /mall-goods/{number}": only(frozenset({Role.MERCHANT}), nowhere),
    "GET /projects": anybody,
    "GET /methodologies": anybody,
    "GET /methodologies/{methodology}": anybody,
    "GET /projects.rss": anybody,
    "GET /projects/{number}": anybody,
    "GET /public/documents/{document_id}": anybody,
    "GET /verify": anybody,
    "POST /verify": anybody,
    "GET /login/portal": nowhere,
    # ---- whoever has signed in, about themselves
    "GET /api/v1/me": member,
    "GET /api/v1/cases": member,
    "GET /api/v1/tasks": member,
    "POST /api/v1/cases": signed(nowhere),
    "GET /account": member,
    "GET /account/new-password": member,
    "POST /account/password": member,
    "POST /account/end-others": member,
    "GET /notifications": member,
    "POST /notifications/read": member,
    "POST /notifications/{number}/open": signed(nowhere),
    "GET /home": member,
    "GET /cases": member,
    "GET /cases/new": member,
    "POST /cases/new": member,
    "GET /tasks": member,
    "GET /tasks/export.csv": member,
    "POST /tasks/views": member,
    "GET /tasks/views/new": member,
    "POST /tasks/views/{view_id}/delete": signed(nowhere),
    # ---- a case, read
    "GET /api/v1/cases/{case_no}": reader,
    "GET /api/v1/cases/{case_no}/check": reader,
    "GET /api/v1/cases/{case_no}/versions": reader,
    "GET /api/v1/cases/{case_no}/attachments": reader,
    "GET /api/v1/cases/{case_no}/attachments/{attachment_id}": paper,
    "GET /api/v1/cases/{case_no}/documents/{document_id}": document,
    "GET /cases/{case_no}": reader,
    "GET /cases/{case_no}/panel": reader,
    "GET /cases/{case_no}/form": reader,
    "GET /cases/{case_no}/versions": reader,
    "GET /cases/{case_no}/materials/{attachment_id}": paper,
    "GET /cases/{case_no}/objections/papers/{paper_id}": objected,
    "GET /cases/{case_no}/documents/{document_id}": document,
    "GET /cases/{case_no}/documents/{document_id}/file": document,
    "GET /staff/cases": only(STAFF | OVERSIGHT),
    "GET /staff/cases/{case_no}": only(STAFF | OVERSIGHT, SHOWN),
    "GET /staff/cases/{case_no}/at": only(STAFF | OVERSIGHT, SHOWN),
    "GET /staff/cases/{case_no}/capsule": only(STAFF | OVERSIGHT, SHOWN),
    "POST /staff/cases/{case_no}/capsule": only(STAFF | OVERSIGHT, SHOWN),
    "GET /staff/cases/{case_no}/replay": only(OVERSIGHT, SHOWN),
    "POST /staff/cases/{case_no}/replay": only(OVERSIGHT, SHOWN),
    "GET /staff/cases/{case_no}/{act}": only(STAFF | OVERSIGHT, SHOWN),
    "GET /staff/what-if/{case_no}": only(STAFF | OVERSIGHT, SHOWN),
    "GET /panels/{case_no}": only(LIBRARY_READERS, SHOWN),
    # ---- a case, acts of the filing party
    "PUT /api/v1/cases/{case_no}/form": filer_acts,
    "POST /api/v1/cases/{case_no}/attachments": filer_acts,
    "DELETE /api/v1/cases/{case_no}/attachments/{attachment_id}": filer_acts,
    "POST /api/v1/cases/{case_no}/submit": filer_acts,
    "POST /api/v1/cases/{case_no}/withdraw": filer_acts,
    "GET /cases/{case_no}/withdraw": filer,
    "POST /cases/{case_no}/withdraw": filer_acts,
    "GET /cases/{case_no}/edit": filer,
    "POST /cases/{case_no}/edit": filer,
    "PUT /cases/{case_no}/draft": filer,
    "POST /cases/{case_no}/merge": filer,
    "POST /cases/{case_no}/example": filer,
    "GET /cases/{case_no}/check": filer,
    "GET /cases/{case_no}/declare": filer,
    "POST /cases/{case_no}/submit": filer_acts,
    "GET /cases/{case_no}/submitted": filer,
    "GET /cases/{case_no}/materials": filer,
    "POST /cases/{case_no}/materials": filer,
    "POST /cases/{case_no}/materials/{attachment_id}/remove": filer_acts,
    "GET /cases/{case_no}/answer/{task_id}": own_task_of_case,
    "POST /cases/{case_no}/answer/{task_id}": own_task_of_case,
    "GET /cases/{case_no}/answer/{task_id}/review": own_task_of_case,
    "POST /cases/{case_no}/answer/{task_id}/submit": own_task_of_case,
    "GET /cases/{case_no}/answer/{task_id}/done": own_task_of_case,
    "GET /cases/{case_no}/answer/{task_id}/extension": own_task_of_case,
    "POST /cases/{case_no}/answer/{task_id}/extension": own_task_of_case,
    # ---- a case, acts of the supervisor and the administrator
    "POST /api/v1/cases/{case_no}/suspend": supervisor_acts,
    "POST /api/v1/cases/{case_no}/resume": supervisor_acts,
    "POST /staff/cases/{case_no}/{act}": supervisor_acts,
    "POST /api/v1/admin/cases/{case_no}/nudge": only(ADMINS, SHOWN),
    "POST /admin/cases/{case_no}/nudge": only(ADMINS, SHOWN),
    # ---- the monitoring data of a published project
    "GET /my/projects": member,
    "GET /my/projects/{number}/data": side_reads,
    "GET /scenarios/{number}/issuance": signed(nowhere),
    "GET /scenarios/{number}/issuance.xlsx": signed(nowhere),
    "GET /my/receipts": member,
    "GET /my/receipts.xlsx": member,
    "GET /my/consents": member,
    "GET /my/consents/{consent_id}/withdraw": signed(nowhere),
    "POST /my/consents/{consent_id}/withdraw": signed(nowhere),
    "GET /my/projects/{number}/issuance": filer_acts,
    "POST /my/projects/{number}/issuance": filer_acts,
    "GET /my/projects/{number}/data/template.xlsx": side_reads,
    "POST /my/projects/{number}/data/upload": filer_acts,
    "GET /my/projects/{number}/data/typed": filer_acts,
    "POST /my/projects/{number}/data/typed": filer_acts,
    "GET /my/projects/{number}/data/batches/{batch_id}": side_reads,
    "POST /my/projects/{number}/data/batches/{batch_id}/confirm": filer_acts,
    "POST /my/projects/{number}/data/batches/{batch_id}/discard": filer_acts,
    "GET /my/projects/{number}/data/batches/{batch_id}/rejected.xlsx": reader,
    "POST /my/projects/{number}/data/keys": filer_acts,
    "POST /my/projects/{number}/data/keys/{key_id}/revoke": filer_asks_for_nothing,
    "GET /my/projects/{number}/data/devices/new": filer_acts,
    "POST /my/projects/{number}/data/devices": filer_acts,
    "GET /my/projects/{number}/data/calibrations/{calibration_id}/file": signed(nowhere),
    "GET /staff/projects/{number}/data": only(STAFF | OVERSIGHT, lambda p, o: let(reads(p, o))),
    "POST /staff/projects/{number}/data/calibrations/{calibration_id}": confirms,
    "POST /staff/projects/{number}/data/readings/{reading_id}/supersede": confirms,
    "POST /api/v1/projects/{number}/readings": filer_acts,
    "GET /api/v1/projects/{number}/readings": reader,
    "GET /api/v1/projects/{number}/batches": reader,
    "GET /api/v1/projects/{number}/batches/{batch_id}": reader,
    "POST /api/v1/scenarios/{number}/records": signed(nowhere),
    "POST /api/v1/scenarios/{number}/consents": signed(nowhere),
    "POST /api/v1/scenarios/{number}/consents/withdrawals": signed(nowhere),
    # ---- a task
    "GET /api/v1/tasks/{task_id}": task_page,
    "POST /api/v1/tasks/{task_id}/claim": task_answered,
    "POST /api/v1/tasks/{task_id}/complete": task_answered,
    "PUT /api/v1/tasks/{task_id}/draft": task_answer,
    "POST /api/v1/tasks/{task_id}/release": task_released,
    "POST /api/v1/tasks/{task_id}/delegate": task_holder,
    "POST /api/v1/tasks/{task_id}/hold": task_holder,
    "POST /api/v1/tasks/{task_id}/unhold": task_holder,
    "POST /api/v1/tasks/{task_id}/override": task_settled,
    "POST /api/v1/tasks/{task_id}/remind": task_reminded,
    "POST /api/v1/tasks/{task_id}/extension": task_answered,
    "POST /api/v1/admin/tasks/{task_id}/reassign": only(frozenset({Role.ADMIN, Role.SUPERVISOR})),
    "POST /api/v1/admin/tasks/{task_id}/extend": only(
        frozenset({Role.ADMIN, Role.SUPERVISOR}), lambda p, o: let(knows(p, o))
    ),
    "GET /tasks/{task_id}": task_page,
    "POST /tasks/{task_id}/draft": task_answer,
    "POST /tasks/{task_id}/papers": task_page,
    "GET /tasks/{task_id}/done": task_page,
    "POST /tasks/{task_id}/claim": task_answer,
    "POST /tasks/{task_id}/unhold": task_holder,
    "GET /tasks/{task_id}/{act}": task_page,
    "POST /tasks/{task_id}/{act}": task_released,
    "POST /tasks/{task_id}": task_answer,
    # ---- the library and the console
    "GET /evaluations": only(EVALUATION_READERS),
    "GET /evaluations/preview": only(frozenset({Role.SUPERVISOR})),
    "POST /evaluations/plan": only(frozenset({Role.SUPERVISOR})),
    "GET /api/v1/evaluations/plan": only(EVALUATION_READERS),
    "POST /api/v1/evaluations/plans": only(frozenset({Role.SUPERVISOR})),
    "GET /experts": only(LIBRARY_READERS),
    "GET /experts/{expert_id}": only(LIBRARY_READERS),
    "GET /experts/new": only(frozenset({Role.BUREAU})),
    "POST /experts": only(frozenset({Role.BUREAU})),
    "POST /experts/{expert_id}": only(frozenset({Role.BUREAU, Role.SUPERVISOR})),
    "GET /api/v1/admin/stalled": only(WATCHERS),
    "GET /api/v1/admin/statistics": only(WATCHERS),
    "GET /api/v1/admin/statistics/rows": only(WATCHERS),
    "GET /api/v1/admin/audit": only(OVERSIGHT),
    "GET /api/v1/admin/audit/verify": only(OVERSIGHT),
    "GET /admin": only(OVERSIGHT),
    "GET /absences": only(STAFF | ADMINS),
    "POST /absences": only(STAFF | ADMINS),
    "POST /absences/{absence_id}/cancel": only(STAFF | ADMINS, nowhere),
    "POST /absences/tasks/{task_id}/take": only(STAFF | ADMINS, stood_in_for),
    "GET /api/v1/absences": only(STAFF | ADMINS),
    "POST /api/v1/absences": only(STAFF | ADMINS),
    "POST /api/v1/absences/{absence_id}/cancel": only(STAFF | ADMINS, nowhere),
    "GET /api/v1/absences/offers": only(STAFF | ADMINS),
    "POST /api/v1/absences/offers/{task_id}/take": only(STAFF | ADMINS, stood_in_for),
    "GET /admin/stalled": only(WATCHERS),
    "POST /admin/stalled/compare": only(ORDERERS),
    "GET /admin/balances/{position}": only(ADMINS, nowhere),
    "POST /admin/balances/{position}": only(ADMINS, nowhere),
    "GET /admin/stalled/case/{case_no}": only(WATCHERS, SHOWN),
    "GET /admin/stalled/order/{kind}": only(ORDERERS, nowhere),
    "POST /admin/stalled/order/{kind}": only(ORDERERS, nowhere),
    "GET /admin/stalled/acts": only(WATCHERS),
    "GET /admin/stalled/acts/{act_id}": only(WATCHERS, nowhere),
    "POST /admin/stalled/acts/{act_id}": only(ORDERERS, nowhere),
    "POST /api/v1/admin/acts": only(ORDERERS, lambda p, o: "in"),
    "GET /api/v1/admin/acts": only(WATCHERS),
    "GET /api/v1/admin/acts/{act_id}": only(WATCHERS, nowhere),
    "POST /api/v1/admin/acts/{act_id}/confirm": only(ORDERERS, lambda p, o: "in"),
    "GET /admin/statistics": only(WATCHERS),
    "GET /admin/statistics.xlsx": only(WATCHERS),
    "GET /admin/statistics/list": only(WATCHERS),
    "GET /admin/statistics/list.xlsx": only(WATCHERS),
    "GET /admin/statistics/chart/{key}.svg": only(WATCHERS),
    "GET /admin/audit": only(OVERSIGHT),
    "GET /admin/audit/verify": only(OVERSIGHT),
    "POST /admin/audit/verify": only(OVERSIGHT),
    "POST /admin/audit/seal": only(OVERSIGHT),
    "GET /admin/audit/search.xlsx": only(OVERSIGHT),
    "GET /admin/audit/verifier.py": only(OVERSIGHT),
    "GET /admin/audit/roots/{number}": only(OVERSIGHT, nowhere),
    "GET /admin/audit/roots/{number}/timestamp": only(OVERSIGHT, nowhere),
    "GET /admin/audit/full": only(OVERSIGHT, nowhere),
    "GET /admin/limits": only(OVERSIGHT),
    "GET /admin/calendar": only(OVERSIGHT),
    "GET /admin/changes": only(WATCHERS),
    "GET /admin/changes/{change_id}": only(WATCHERS, nowhere),
    "POST /admin/changes/{change_id}/{act}": only(frozenset({Role.ADMIN, Role.SUPERVISOR}), nowhere),
    "GET /admin/templates": only(WATCHERS),
    "GET /admin/templates/{owner}/{key}": only(WATCHERS, nowhere),
    "GET /admin/templates/{owner}/{key}/builtin.docx": only(WATCHERS, nowhere),
    "POST /admin/templates/{owner}/{key}": only(ADMINS, nowhere),
    "GET /admin/templates/version/{template_id}": only(WATCHERS, nowhere),
    "GET /admin/templates/version/{template_id}/file.docx": only(WATCHERS, nowhere),
    "GET /admin/templates/version/{template_id}/case/{document_id}": only(WATCHERS, nowhere),
    "POST /admin/templates/version/{template_id}/activate": only(ADMINS, nowhere),
    "GET /admin/methodologies": only(WATCHERS),
    "GET /admin/methodologies/new": only(ADMINS),
    "POST /admin/methodologies": only(ADMINS),
    "GET /admin/methodologies/version/{version_id}": only(WATCHERS, nowhere),
    "GET /admin/methodologies/version/{version_id}/preview": only(WATCHERS, nowhere),
    "GET /admin/methodologies/version/{version_id}/{file}.json": only(WATCHERS, nowhere),
    "POST /admin/methodologies/version/{version_id}/propose": only(ADMINS, nowhere),
    "GET /admin/methodologies/{methodology_id}/end": only(ADMINS, nowhere),
    "POST /admin/methodologies/{methodology_id}/end": only(ADMINS, nowhere),
    "GET /api/v1/admin/methodologies": only(WATCHERS),
    "POST /api/v1/admin/methodologies": only(ADMINS),
    "POST /api/v1/admin/methodologies/check": only(ADMINS),
    "GET /api/v1/admin/methodologies/{version_id}": only(WATCHERS, nowhere),
    "POST /api/v1/admin/methodologies/{version_id}/propose": only(ADMINS),
    "POST /api/v1/admin/methodologies/{number}/{version}/end": only(ADMINS),
    "GET /api/v1/admin/changes/{change_id}": only(WATCHERS, nowhere),
    "POST /api/v1/admin/changes/{change_id}/confirm": only(frozenset({Role.ADMIN, Role.SUPERVISOR}), nowhere),
    "POST /api/v1/admin/changes/{change_id}/reject": only(frozenset({Role.ADMIN, Role.SUPERVISOR}), nowhere),
    "POST /api/v1/admin/changes/{change_id}/withdraw": only(
        frozenset({Role.ADMIN, Role.SUPERVISOR}), nowhere
    ),
    "GET /admin/users/{user_id}/roles": only(ADMINS),
    "POST /admin/users/{user_id}/roles": only(ADMINS),
    "GET /admin/ets": only(OVERSIGHT),
    "GET /admin/users": only(ADMINS),
    "POST /admin/users/{user_id}/unlock": only(ADMINS),
    "GET /admin/users/new": only(ADMINS),
    "POST /admin/users": only(ADMINS),
    "GET /admin/users/{user_id}": only(ADMINS),
    "GET /admin/users/{user_id}/edit": only(ADMINS),
    "POST /admin/users/{user_id}/edit": only(ADMINS),
    "POST /admin/users/{user_id}/disable": only(ADMINS),
    "POST /admin/users/{user_id}/enable": only(ADMINS),
    "POST /admin/users/{user_id}/password": only(ADMINS),
    "GET /admin/parties": only(ADMINS),
    "GET /admin/parties/new": only(ADMINS),
    "POST /admin/parties": only(ADMINS),
    "GET /admin/parties/{party_id}": only(ADMINS),
    "POST /admin/parties/{party_id}": only(ADMINS),
    "POST /admin/limits/{key}": only(ADMINS, nowhere),
    "POST /admin/calendar": only(ADMINS),
    "POST /admin/ets": only(ADMINS),
    # ---- the ledger; the walk asks for numbers that are nobody's account, lot or offer
    "GET /lots/{number}": nowhere,
    "GET /verify/{code}": nowhere,
    "GET /verify/{code}/certificate.docx": nowhere,
    "GET /api/v1/ledger/lots": anybody,
    "GET /api/v1/ledger/lots/{number}": nowhere,
    "GET /api/v1/ledger/goods": anybody,
    "GET /ledger": member,
    "POST /ledger/open": signed(lambda p, o: let(p.party_id is not None, "forbidden")),
    "GET /ledger/accounts/{number}": signed(nowhere),
    "GET /ledger/accounts/{number}/statement": signed(nowhere),
    "GET /ledger/accounts/{number}/statement.xlsx": signed(nowhere),
    "GET /ledger/accounts/{number}/balances.xlsx": signed(nowhere),
    "GET /ledger/accounts/{number}/acts/{key}": signed(nowhere),
    "POST /ledger/accounts/{number}/acts/{key}": signed(nowhere),
    "GET /ledger/overview": only(LEDGER_WATCHERS),
    "GET /ledger/market": member,
    "POST /ledger/offers/{number}/{key}": signed(nowhere),
    "POST /ledger/funds": member,
    "POST /ledger/mandates": member,
    "POST /ledger/mandates/{number}/revoke": signed(nowhere),
    "GET /ledger/goods": member,
    "POST /ledger/goods/{key}": signed(nowhere),
    "GET /ledger/purposes": member,
    "POST /ledger/purposes": member,
    "POST /ledger/purposes/{number}/close": signed(nowhere),
    "GET /api/v1/ledger/accounts": member,
    "GET /api/v1/ledger/accounts/all": only(LEDGER_WATCHERS),
    "GET /api/v1/ledger/accounts/{number}": signed(nowhere),
    "GET /api/v1/ledger/accounts/{number}/statement": signed(nowhere),
    "GET /api/v1/ledger/overview": only(LEDGER_WATCHERS),
    "GET /api/v1/ledger/offers": member,
    "POST /api/v1/ledger/accounts": member,
    # without a key or a body a program is told so before anything is looked up
    **{
        f"POST /api/v1/ledger/{act}": member
        for act in (
            "accounts/{number}/cancel",
            "accounts/{number}/replace",
            "accounts/{number}/convert",
            "accounts/{number}/donate",
            "accounts/{number}/cancel-points",
            "accounts/{number}/transfers",
            "accounts/{number}/agreements",
            "accounts/{number}/listings",
            "accounts/{number}/funds",
            "offers/{number}/accept",
            "offers/{number}/refuse",
            "offers/{number}/settle",
            "offers/{number}/take",
            "goods/{number}/orders",
            "mandates",
        )
    },
}

#: Doors of their own kind: signing in and out, the engine's readiness, bulk acts (each row is a task act of its own),
#: and the stream of events (services.live_events is asked instead).
APART = {
    "GET /readyz",
    "GET /login",
    "POST /login",
    "POST /logout",
    "GET /login/portal/return",
    "POST /api/v1/auth/token",
    "DELETE /api/v1/auth/token",
    "POST /tasks/bulk",
    "POST /personal-data",
    "GET /api/v1/cases/{case_no}/events",
}
