"""The other procedures, filed and decided from the schemas alone; played beside the project applications."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.blackbox.play import Played, Player, draft, holder, procedure, submit
from tests.system import Json, System, wait_for

EVALUATION, ISSUANCE, MALL = "tracking_evaluation", "issuance", "mall_onboarding"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _scenario(system: System) -> Played:
    return Player(system, {}, key="scenario_application").play()


def _mall(system: System) -> Played:
    return Player(system, {}, key=MALL).play()


def _event(system: System) -> Played:
    """The third way of joining: an event in its window, with the part of the form that belongs to it."""
    schema = procedure(system, MALL)["form_schema"]
    form = schema["examples"][0] | {"mode": "event", "system": None, "event": part(schema, "event")}
    return Player(system, {}, key=MALL).play(form)


def part(schema: Json, name: str) -> Json:
    """An optional part of a form, from the examples of its fields."""
    group = next(o["$ref"] for o in schema["properties"][name]["anyOf"] if "$ref" in o).rpartition("/")[2]
    return {k: f["examples"][0] for k, f in schema["$defs"][group]["properties"].items()}


def _conform(system: System) -> Played:
    return _evaluation(system, {})


def _rectify(system: System) -> Played:
    return _evaluation(system, {"evaluation_report": "rectify", "rectification_check#1": "again"})


def _evaluation(system: System, script: dict[str, Any]) -> Played:
    """One entry is evaluated once at a time: while another evaluation runs, this one is refused."""
    case_no = draft(system, key=EVALUATION)

    def taken() -> bool | None:
        answer = submit(system, case_no, "officer")
        assert answer.status_code in (202, 422), answer.text
        return answer.status_code == 202 or None

    wait_for("no other evaluation of the entry", taken, 300)
    played = Played(case_no)
    Player(system, script, key=EVALUATION).run(played)
    return played


def _issuances(system: System) -> Played:
    """The reported year; then what is refused; then the year after it, delivered and asked for with a reason."""
    first = Player(system, {}, key=ISSUANCE).play(example(system))
    form = first.end["form"]
    notes: dict[str, Any] = {"first": first, "same": refused(system, form)}
    notes["overlap"] = refused(
        system, form, period_from="2025-07-01", period_to="2026-06-30", second_in_year_reason="结转至次年。"
    )
    deliver(system, form["application"]["project_number"])
    second = example(system)
    notes["reason"] = refused(system, second, second_in_year_reason="")
    played = Player(system, {}, key=ISSUANCE).play(second)
    played.notes |= notes
    return played


def example(system: System) -> Json:
    """What the applicant could ask for, as the schema offers it to them."""
    form: Json = system.get("applicant", f"/procedures/{ISSUANCE}")["form_schema"]["examples"][0]
    return form


def refused(system: System, form: Json, **changed: str) -> list[Json]:
    """The defects named when the form is filed with these fields of its first part changed."""
    form = form | {"application": form["application"] | changed}
    answer = submit(system, draft(system, form, key=ISSUANCE), holder(ISSUANCE))
    assert answer.status_code == 422, answer.text
    errors: list[Json] = answer.json()["errors"]
    return errors


def deliver(system: System, number: str) -> None:
    """Go on reading the meter: the months after the last reading up to the last whole one, as the year before.

    Nothing is sent for a project nobody has read yet, or whose readings are complete.
    """
    path = f"/projects/{number}/readings"
    before = system.get("applicant", path, limit=100)["items"]
    if not before or not (due := _months(date.fromisoformat(before[-1]["last_day"]) + timedelta(days=1))):
        return
    usage = {r["last_day"][5:7]: Decimal(r["reading_end"]) - Decimal(r["reading_start"]) for r in before}
    stand, rows = Decimal(before[-1]["reading_end"]), []
    for month in due:
        used = usage[month[5:]]
        rows.append(
            {
                "month": month,
                "meter_no": before[-1]["meter_no"],
                "reading_start": str(stand),
                "reading_end": str(stand + used),
                "multiplier": before[-1]["multiplier"],
                "quantity": str(used * Decimal(before[-1]["multiplier"])),
            }
        )
        stand += used
    name = {"Idempotency-Key": rows[-1]["month"]}
    answer = system.as_("applicant").post(path, json={"rows": rows}, headers=name)
    assert (answer.status_code, answer.json()["rejected"]) == (200, []), answer.text


def _months(first: date) -> list[str]:
    """Whole months from `first` that are over."""
    found, day = [], first
    while (after := (day + timedelta(days=32)).replace(day=1)) <= datetime.now(SHANGHAI).date():
        found.append(f"{day:%Y-%m}")
        day = after
    return found


#: The event first: it waits for its window most of the time.
OTHERS: dict[str, Callable[[System], Played]] = {
    "event": _event,
    "issuances": _issuances,
    "scenario": _scenario,
    "mall": _mall,
    "conform": _conform,
    "rectify": _rectify,
}
