"""What reductions are cancelled for, by article 17 and 20 of the measures (M07)."""

from typing import Any

import pytest
from sqlmodel import Session

from models.tables import EtsUnit, Party
from models.vocabulary.amounts import CHOSEN, CancelPurpose
from models.vocabulary.errors import Conflict, Invalid
from runtime.ledger_storm import ISSUED, Ground
from services import clock, ledger
from tests.ledger.test_services import held


@pytest.mark.rule("M07")
@pytest.mark.parametrize(
    ("scope", "ahead", "may"),
    [("shanghai", 0, True), ("shanghai", -1, True), ("shanghai", 1, False), ("national", 0, False)],
)
def test_compliance_in_shanghai_goes_by_its_own_list_in_force(
    session: Session, ground: Ground, scope: str, ahead: int, may: bool
) -> None:
    """Whatever year the list of the other market is of: only the list of Shanghai counts, and none of a coming year."""
    party, year = session.get_one(Party, ground.accounts[0].party_id), clock.today().year
    party.uscc = f"91310199MA{ground.key[:8].upper()}"
    session.add(EtsUnit(name="别家", uscc="91310199MA1XY5ACXX", scope="national", year=year))
    session.add(EtsUnit(name=party.name, uscc=party.uscc, scope=scope, year=year + ahead))
    session.flush()
    asked: dict[str, Any] = {"lot": ground.lot, "source": ground.accounts[0], "amount": 1}
    if may:
        ledger.cancel(session, None, key="c", purpose=CancelPurpose.COMPLIANCE, **asked)
        assert held(session, ground, 0) == (ISSUED - 1, 0)
    else:
        with pytest.raises(Conflict, match="quota list of Shanghai"):
            ledger.cancel(session, None, key="c", purpose=CancelPurpose.COMPLIANCE, **asked)


@pytest.mark.rule("M07")
def test_compensation_of_damage_names_the_paper_it_rests_on(session: Session, ground: Ground) -> None:
    asked: dict[str, Any] = {"lot": ground.lot, "source": ground.accounts[0], "amount": 1}
    with pytest.raises(Invalid) as refused:
        ledger.cancel(session, None, key="c", purpose=CancelPurpose.DAMAGE, reason="  ", **asked)
    assert [p.loc for p in refused.value.problems] == ["reason"]
    paper = "（2026）沪民初 1 号民事判决书"
    act = ledger.cancel(session, None, key="c", purpose=CancelPurpose.DAMAGE, reason=paper, **asked)
    assert (act.purpose, act.reason) == ("damage", paper)


@pytest.mark.rule("M07")
def test_uses_are_called_what_the_measures_call_them() -> None:
    """Article 17; trading and donation of reductions are movements, not cancellations."""
    assert {p.value: words.zh for p, words in CHOSEN.items()} == {
        "compliance": "履约清缴",
        "operations": "生产经营活动碳中和",
        "event": "大型活动碳中和",
        "damage": "生态损害替代性赔偿",
        "voluntary": "自愿碳注销",
    }
