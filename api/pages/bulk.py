"""Bulk actions: each row in its own transaction, its result sent to the page as soon as it is known.

The page is streamed, so that progress shows without JavaScript; a failed row leaves the others as they are.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from sqlmodel import Session

from api import once
from api.errors import language
from api.templating import environment, page
from models.tables import Case
from models.vocabulary.errors import DomainError
from models.vocabulary.text import Text
from services import access, tasks
from services.access import Actor, spec_of
from services.reading.people import Candidate, candidates
from services.session import reading, transaction

MARK = "<!--rows-->"
NOTHING = Text("", "")


@dataclass(frozen=True)
class Words:
    """What the person typed for all rows. `nonce`: of the form, by which nobody is reminded twice."""

    to: str = ""
    reason: str = ""
    nonce: str = ""


@dataclass(frozen=True)
class Act:
    """A bulk action. `asks`: a page in between asks for what it needs; `done`, `left`: what is said of a row afterwards."""

    title: Text
    done: Text
    left: Text
    run: Callable[[Session, Actor, str, Words], object]
    asks: bool = False
    target: bool = False
    consequence: Text = NOTHING


ACTS: dict[str, Act] = {
    "claim": Act(
        Text("Claim", "领取"),
        Text("claimed", "已领取"),
        Text("not claimed", "未领取"),
        lambda s, a, i, w: tasks.claim(s, a, i),
    ),
    "release": Act(
        Text("Give back to the group", "退回组内"),
        Text("given back", "已退回组内"),
        Text("not given back", "未退回"),
        lambda s, a, i, w: tasks.release(s, a, i, w.reason),
        asks=True,
        consequence=Text(
            "Colleagues of the group can claim them; your drafts stay with you.",
            "退回后组内人员均可领取；您已存的草稿仍为您保留。",
        ),
    ),
    "reassign": Act(
        Text("Reassign", "改派"),
        Text("reassigned", "已改派"),
        Text("not reassigned", "未改派"),
        lambda s, a, i, w: tasks.reassign(s, a, i, w.to, w.reason),
        asks=True,
        target=True,
        consequence=Text(
            "The new holder is told; limits run on unchanged; the reason is kept in the file.",
            "改派后将通知新的承办人，办理期限不变，改派原因载入案卷。",
        ),
    ),
    "remind": Act(
        Text("Remind", "催办"),
        Text("reminded", "已催办"),
        Text("not reminded", "未催办"),
        lambda s, a, i, w: tasks.remind(s, a, i, w.reason, once.key_of(a, w.nonce, f"remind/{i}")),
        asks=True,
        consequence=Text(
            "Whoever holds the task, or its group, gets a message; it is kept in the file.",
            "将向承办人（未领取的向全组）发送催办消息，并载入案卷。",
        ),
    ),
}


def defect(act: str, words: Words) -> Text | None:
    """What is still missing before the action can start."""
    if ACTS[act].target and not words.to:
        return Text("Choose who takes the tasks over.", "请选择接办人员。")
    if act == "reassign" and not words.reason:
        return Text("Please give the reason.", "请填写改派原因。")
    return None


def ask(
    request: Request,
    me: Actor,
    act: str,
    ids: list[str],
    back: str,
    words: Words | None = None,
    problem: Text | None = None,
) -> Response:
    """The page in between: the rows meant, the consequence, and what is asked for."""
    with reading() as session:
        rows = [r for r in (_row(session, me, i) for i in ids) if r is not None]
        people = _takers(session, me, ids) if ACTS[act].target else []
    return page(
        request,
        "tasks/bulk_ask.html",
        actor=me,
        status_code=422 if problem else 200,
        act=act,
        it=ACTS[act],
        rows=rows,
        ids=ids,
        back=back,
        people=people,
        words=words or Words(),
        problem=problem,
        nonce=once.fresh(),
    )


def _row(session: Session, me: Actor, task_id: str) -> tuple[str, str, Text] | None:
    """(number, title, task) of a row, if the person may know it."""
    try:
        task = access.task_for(session, me, task_id)
    except DomainError:
        return None
    case = session.get_one(Case, task.case_id)
    return case.case_no, case.title, spec_of(task).title


def _takers(session: Session, me: Actor, ids: list[str]) -> list[tuple[Candidate, int]]:
    """Everybody who may take at least one of the rows, with how many; who may take most comes first, then the least busy."""
    found: dict[str, Candidate] = {}
    may: Counter[str] = Counter()
    for task_id in ids[:50]:
        try:
            task = access.task_for(session, me, task_id)
        except DomainError:
            continue
        for person in candidates(session, task):
            if person.refusal is None:
                found.setdefault(person.username, person)
                may[person.username] += 1
    ranked = sorted(found.values(), key=lambda c: (-may[c.username], c.active, c.name))
    return [(person, may[person.username]) for person in ranked]


def run(request: Request, me: Actor, act: str, ids: list[str], words: Words, back: str) -> Response:
    """Carry the action out row by row while the page is on its way."""
    shell = page(request, "tasks/bulk_run.html", actor=me, it=ACTS[act], count=len(ids), back=back)
    head, tail = bytes(shell.body).decode().split(MARK)
    lang = language(request)
    return StreamingResponse(
        _rows(me, act, ids, words, head, tail, lang),
        media_type="text/html",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _rows(
    me: Actor, act: str, ids: list[str], words: Words, head: str, tail: str, lang: str
) -> Iterator[str]:
    template = environment().get_template("tasks/_bulk_row.html")
    yield head
    done = 0
    for number, task_id in enumerate(ids, 1):
        row, problem = _one(me, act, task_id, words)
        done += problem is None
        yield template.render(
            number=number,
            count=len(ids),
            row=row,
            task_id=task_id,
            problem=problem,
            lang=lang,
            done=None,
            it=ACTS[act],
        )
    yield template.render(count=len(ids), done=done, lang=lang, it=ACTS[act])
    yield tail


def _one(me: Actor, act: str, task_id: str, words: Words) -> tuple[tuple[str, str, Text] | None, Text | None]:
    """One row in its own transaction: what it was, and why it failed if it did."""
    with reading() as session:
        row = _row(session, me, task_id)
    try:
        with transaction() as session:
            ACTS[act].run(session, me, task_id, words)
    except DomainError as error:
        return row, error.problems[0].msg if error.problems else error.detail
    return row, None
