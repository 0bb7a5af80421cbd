"""The cases of the issue: each a script, played side by side in threads because cases are independent."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.blackbox.play import Played, Player, Script, case_of, example_form, filed, task_of
from tests.blackbox.procedures import OTHERS
from tests.system import Json, System

SAMPLE: Json = json.loads((Path(__file__).parent / "sample_data.json").read_text())

#: So many cases at once: more keep two processors busier than an invitation of three days can wait.
AT_ONCE = 4
#: Seconds until the last case is over, on a machine that is busy with much else.
PATIENCE = 900


def sample_form(form: Json) -> Json:
    """The photovoltaic project of the sample data with its year of readings, in the fields the schema names."""
    project, orgs = SAMPLE["project_pv"], SAMPLE["organisations"]
    agent, owner = orgs["ORG-PV"], orgs["ORG-SCHOOL"]
    form["applicant"] |= {
        "applicant_name": agent["name"],
        "applicant_uscc": agent["unified_social_credit_code"],
        "established_on": agent["established_on"],
        "registered_capital_wan": str(agent["registered_capital_wan"]),
        "registered_address": agent["address"],
        "legal_rep_name": agent["legal_representative"]["name"],
        "legal_rep_id_no": agent["legal_representative"]["id_number"],
        "contact_name": agent["contact"]["name"],
        "contact_mobile": agent["contact"]["mobile"],
        "contact_email": agent["contact"]["email"],
        "platform_account_no": agent["platform_account_no"],
    }
    split = project["agency_agreement"]["benefit_split"]
    form["entrustment"] |= {
        "principal_name": owner["name"],
        "principal_uscc": owner["unified_social_credit_code"],
        "signed_on": project["agency_agreement"]["signed_on"],
        "benefit_split": [
            {"party": orgs[key]["name"], "pct": share.rstrip("%")} for key, share in split.items()
        ],
    }
    form["project"] |= {
        "project_name": project["name"],
        "address": project["location"]["address"],
        "lon": project["location"]["longitude"],
        "lat": project["location"]["latitude"],
        "commenced_on": project["commenced_on"],
        "operated_on": project["operated_on"],
        "methodology_id": project["methodology_code"],
        "scale_kw": project["capacity_kwp"],
        "crediting_from": project["crediting_period"][0],
        "crediting_to": project["crediting_period"][1],
        "est_annual_t": project["expected"]["reduction_t_floor_3dp"],
        "first_period_from": project["monitoring_period"][0],
        "first_period_to": project["monitoring_period"][1],
        "first_amount_t": project["expected"]["reduction_t_floor_3dp"],
    }
    form["design"]["meters"] = [_meter(m) for m in project["meters"]]
    form["design"]["readings"] = [_reading(m) for m in project["monthly_metering"]]
    return form


def _meter(m: Json) -> Json:
    kept = ("meter_no", "kind", "accuracy_class", "verified_on", "valid_to", "certificate")
    return {k: m[k] for k in kept} | {"multiplier": str(m["multiplier"])}


def _reading(m: Json) -> Json:
    kept = ("month", "meter_no", "reading_start", "reading_end", "settlement_doc")
    return {k: m[k] for k in kept} | {
        "multiplier": str(m["meter_multiplier"]),
        "quantity_kwh": m["generation_kwh"],
    }


def notice_of(system: System, case_no: str) -> Json | None:
    """The newest notice of a case, as the public finds it."""
    items = system.get("", "/public/notices", limit=100)["items"]
    return next((n for n in items if n["case_no"] == case_no), None)


def objector(system: System, rounds: int = 1) -> Callable[[Played, Json], None]:
    """Objects once to each of the first notices of a case."""

    def watch(played: Played, view: Json) -> None:
        receipts = played.notes.setdefault("objections", [])
        if view["stage"] != "publicity" or len(receipts) >= rounds:
            return
        notice = notice_of(system, played.case_no)
        if notice is None or notice["state"] != "open" or notice["round"] != len(receipts) + 1:
            return
        answer = system.as_("").post(f"/public/notices/{notice['id']}/objections", json=objection(system))
        assert answer.status_code == 201, answer.text
        receipts.append(answer.json() | {"notice": notice["id"]})

    return watch


def in_time(play: Callable[[], Played], kept: Callable[[Played], object], tries: int = 3) -> Played:
    """The case once more if the act it is about came after its limit.

    Publicity lasts five days of this clock. A machine that is busy for as long says nothing about objections in
    time; one that is too late three times over does.
    """
    played = play()
    for _ in range(tries - 1):
        if kept(played):
            break
        played = play()
    return played


def objected(system: System, script: Script) -> Played:
    """A case to whose first notice somebody objects before it closes."""
    return in_time(
        lambda: Player(system, script, objector(system)).play(),
        lambda played: any(r["reply_due"] for r in played.notes.get("objections", ())),
    )


def openapi(system: System) -> Json:
    """The description of the interface."""
    description: Json = httpx.get(system.address + "/openapi.json", trust_env=False, timeout=90).json()
    return description


def objection(system: System) -> Json:
    """An objection by the example of the interface description."""
    description = openapi(system)
    path = next(p for p in description["paths"] if p.endswith("/objections"))
    content = description["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    body: Json = content["schema"]["examples"][0]
    return body


def _straight(system: System) -> Played:
    return Player(system, {}).play(sample_form(example_form(system)))


def _corrections(system: System) -> Played:
    script = {"formal_review#1": "request_correction", "formal_review#2": "request_correction"}
    return Player(system, script).play()


def _complex(system: System) -> Played:
    return Player(system, {"triage": "complex", "agency_review": "pass_with_findings"}).play()


def _experts(system: System) -> Played:
    script = {
        "expert_invitation#1": "decline",
        "expert_invitation#2": "conflict",
        "expert_invitation#3": None,
    }
    return Player(system, script).play()


def _objection_dismissed(system: System) -> Played:
    return objected(system, {"objection_answer": "not_upheld"})


def _objection_upheld(system: System) -> Played:
    return objected(system, {"objection_answer": "upheld_curable"})


def _objection_fatal(system: System) -> Played:
    return objected(system, {"objection_answer": "upheld_fatal", "technical_opinion": "negative"})


def _withdrawal(system: System) -> Played:
    """Withdrawn while the notice runs."""

    def watch(played: Played, view: Json) -> None:
        if view["stage"] == "publicity" and not played.notes and notice_of(system, played.case_no):
            answer = system.as_("applicant").post(
                f"/cases/{played.case_no}/withdraw", json={"reason": "项目方案调整。"}
            )
            assert answer.status_code in (202, 409), answer.text
            if answer.status_code == 202:
                played.notes["withdrawn"] = answer.json()

    return in_time(lambda: Player(system, {}, watch).play(), lambda played: "withdrawn" in played.notes)


def _lapse(system: System) -> Played:
    return Player(system, {"formal_review": "request_correction", "correction": None}).play()


def _refusal(system: System) -> Played:
    return Player(system, {"formal_review": "refuse", "refusal_approval#1": "return"}).play()


def _rejection(system: System) -> Played:
    return Player(system, {"triage": "complex", "agency_review": "fail"}).play()


def _suspension(system: System) -> Played:
    """Suspended and resumed in the formal review, then refused to keep it short."""
    played = Played(filed(system))
    task_of(system, played.case_no, "formal_review")
    for act in ("suspend", "resume"):
        answer = system.as_("supervisor").post(
            f"/cases/{played.case_no}/{act}", json={"reason": "等待上级部门答复。"}
        )
        assert answer.status_code == 202, answer.text
        played.seen.append(case_of(system, played.case_no))
    Player(system, {"formal_review": "refuse"}).run(played)
    return played


#: Longest first, so that the last thread is not left alone with it.
SCENARIOS: dict[str, Callable[[System], Played]] = {
    "straight": _straight,
    "objection_upheld": _objection_upheld,
    "experts": _experts,
    "complex": _complex,
    "corrections": _corrections,
    "objection_dismissed": _objection_dismissed,
    "objection_fatal": _objection_fatal,
    "lapse": _lapse,
    "withdrawal": _withdrawal,
    "rejection": _rejection,
    "suspension": _suspension,
    "refusal": _refusal,
}


class Cases:
    """The scenarios on their way; `cases["straight"]` waits for its end."""

    def __init__(self, system: System) -> None:
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.futures: dict[str, Future[Played]] = {
            k: self.pool.submit(f, system) for k, f in (OTHERS | SCENARIOS).items()
        }

    def __getitem__(self, name: str) -> Played:
        return self.futures[name].result(timeout=PATIENCE)

    def all(self) -> list[Played]:
        """Every scenario that came to its end."""
        return [
            f.result(timeout=PATIENCE) for f in self.futures.values() if f.exception(timeout=PATIENCE) is None
        ]
