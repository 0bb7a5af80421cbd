"""States the demonstration never comes to, made through the services: what waits for a second person, and what is wrong.

Each function writes what its pages show, and answers with (who looks, address) of every page.
"""

import io
from collections.abc import Callable
from datetime import date, timedelta

import docx
from sqlmodel import Session, select

from models.tables import Case, TemplateVersion
from models.vocabulary.facts import TaskRequest
from runtime import ledger_storm
from services import (
    clock,
    course,
    document_templates,
    documents_issue,
    methodology_versions,
    operator_acts,
    proof_patrol,
    recounting,
    setting_proposals,
)
from services.access import Actor, actor_of
from services.administration import DayChange
from services.documents.render import built_in
from services.methodology_versions import Asked, Publication
from services.monitoring import consents
from services.monitoring.access import Sender
from services.operator_acts import Order
from tests import factories, issuing
from tests.services import desk_rows
from tests.services.test_methodology_versions import newer

Looks = list[tuple[Actor, str]]
State = Callable[[Session], Looks]
REASON = "经主任办公会研究同意"


def _admin(session: Session) -> Actor:
    return desk_rows.who(session, "admin")


def _chief(session: Session) -> Actor:
    return desk_rows.who(session, "supervisor")


def case(session: Session) -> Case:
    """One at its formal review, with its receipt; the same for every state."""
    found = session.exec(select(Case).where(Case.status != "published")).first()
    if found is None:
        found = desk_rows.filed(session)
        request = TaskRequest(key="formal_review")
        course.project(session, str(found.id), "formal_review", [request], 1)
        documents_issue.issue(session, found, "receipt")
    return found


def limit(session: Session) -> Looks:
    """A limit that running cases keep and later ones get."""
    case(session)
    day = clock.today().date() + timedelta(days=30)
    row = setting_proposals.limit(session, _admin(session), "formal_review_wd", 7, day, REASON)
    change = f"/admin/changes/{row.id}"
    # who proposed may take it back, another decides
    return [(_chief(session), change), (_admin(session), change), (_admin(session), "/admin/limits")]


def days(session: Session) -> Looks:
    """A holiday that moves limits."""
    case(session)
    tomorrow = clock.today().date() + timedelta(days=1)
    changes = [DayChange(tomorrow + timedelta(days=n), "rest", "临时放假") for n in range(3)]
    row = setting_proposals.calendar_days(session, _admin(session), changes, date(2026, 12, 31), REASON)
    return [(_chief(session), f"/admin/changes/{row.id}")]


def roles(session: Session) -> Looks:
    """An officer becomes a supervisor."""
    user = factories.user(session, "officer")
    wanted = ["officer", "supervisor"]
    row = setting_proposals.roles(session, _admin(session), user.id or 0, wanted, REASON)
    return [(_chief(session), f"/admin/changes/{row.id}")]


def template(session: Session) -> Looks:
    """A version of one's own with a preview, waiting; and one that cannot be printed."""
    found, admin = case(session), _admin(session)
    good, bad = (_version(session, admin, line) for line in ("编号 {{ number }}", "{{ nobody_fills_this }}"))
    day = clock.today().date()
    change = document_templates.propose(session, admin, good.id or 0, day, REASON)
    printed = next(d.id for d in documents_issue.of_case(session, found) if d.key == "receipt")
    version = f"/admin/templates/version/{good.id}"
    return [
        (_chief(session), f"/admin/changes/{change.id}"),
        *((admin, a) for a in ("/admin/templates/shared/receipt", f"/admin/templates/version/{bad.id}")),
        *((admin, a) for a in (version, f"{version}/case/{printed}")),
    ]


def _version(session: Session, admin: Actor, line: str) -> TemplateVersion:
    document = docx.Document(io.BytesIO(built_in("project_application", "receipt")))
    document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    return document_templates.upload(
        session, admin, "shared", "receipt", "回执（新）.docx", out.getvalue(), "补充编号"
    )


def methodology(session: Session) -> Looks:
    """A version that was uploaded, its page to be, and the change that waits; the form with a text to begin with."""
    case(session)
    admin, (calculator, words) = _admin(session), newer("1.9")
    row = methodology_versions.take_in(session, admin, calculator, words, "pv.json", "修订排放因子")
    document = Publication("上海市生态环境局", "沪环气候〔2026〕1号", date(2026, 1, 1))
    last = clock.today().date() + timedelta(days=30)
    asked = Asked(document, date(2026, 1, 1), reason=REASON, replaces="1.0", ends_on=last)
    version = f"/admin/methodologies/version/{row.id}"
    other = methodology_versions.take_in(session, admin, *newer("1.8"))
    change = methodology_versions.propose(session, admin, row.id or 0, asked)
    looked_at = (
        version,
        f"{version}/preview",
        f"/admin/methodologies/version/{other.id}",
        "/admin/methodologies",
    )
    new = f"/admin/methodologies/new?uploaded={row.id}"
    return [(_chief(session), f"/admin/changes/{change.id}"), *((admin, a) for a in (*looked_at, new))]


def act_return(session: Session) -> Looks:
    """What becomes void is listed to the second person."""
    order = Order("return", "形式审查遗漏材料，需重新审查", case(session).case_no, stage="formal_review")
    row = operator_acts.ask(session, _chief(session), order)
    return [(_admin(session), f"/admin/stalled/acts/{row.id}")]


def act_end(session: Session) -> Looks:
    """The end of a case, proposed; who proposed it waits for another."""
    order = Order("end", "申请主体已注销", case(session).case_no)
    page = f"/admin/stalled/acts/{operator_acts.ask(session, _chief(session), order).id}"
    return [(_admin(session), page), (_chief(session), page)]


def balances(session: Session) -> Looks:
    """Two balances written past the program; for one of them a proposal waits."""
    for _ in range(2):
        ledger_storm.lay(session, 2)
    run = session.connection().exec_driver_sql
    run("alter table ledger.balance disable trigger a_derived")
    run("update ledger.balance set posted = posted - 7 where posted > 7")
    run("alter table ledger.balance enable always trigger a_derived")
    admin = _admin(session)
    open_, proposed = (int(found["position"]) for found in proof_patrol.ledger(session))
    row = recounting.propose(session, admin, proposed, "经核对，逐笔登记无误")
    looked_at = (f"/admin/balances/{open_}", f"/admin/balances/{proposed}", "/admin/stalled?cause=proof")
    return [*((admin, address) for address in looked_at), (_chief(session), f"/admin/changes/{row.id}")]


def consent(session: Session) -> Looks:
    """A resident's consents: one in force, one withdrawn."""
    scenario = issuing.scenario(session, "DEMO-BIKE-2024")
    party = issuing.person(session, scenario, "USR-01", "2026-01-05T12:00:00+08:00")
    resident = factories.actor(session, "resident", party=party)
    ((kept, _),) = consents.of_person(session, party.id or 0)
    other = issuing.scenario(session, "DEMO-BIKE-2024")
    row = {**issuing.CONSENT, "user": "USR-01", "granted_at": "2026-02-01T12:00:00+08:00"}
    consents.grant(session, Sender(), other, [{**row, "account": party.account_no}])
    ended = next(c for c, p in consents.of_person(session, party.id or 0) if p.id == other.id)
    consents.withdraw_own(session, resident, ended.id or 0)
    pages = (f"/my/consents/{kept.id}/withdraw", f"/my/consents/{ended.id}/withdraw", "/my/consents?done=1")
    return [(resident, address) for address in pages]


def new_password(session: Session) -> Looks:
    """Signed in with a password that somebody else made: nothing else before there is another."""
    user = factories.user(session, "officer", one_time_until=clock.now() + timedelta(days=7))
    session.flush()
    return [(actor_of(user), "/account/new-password?next=/tasks")]


MADE = (limit, days, roles, template, methodology, act_return, act_end, balances, consent, new_password)
STATES: dict[str, State] = {f.__name__: f for f in MADE}
