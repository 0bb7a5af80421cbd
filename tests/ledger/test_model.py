"""Random programs through the services agree with a ledger of a few lines of Python, step by step."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session

from models.vocabulary.amounts import CancelPurpose
from models.vocabulary.errors import Conflict
from runtime import ledger_storm
from services import ledger, ledger_reading
from services.ledger_posting import legs_of

GRAMS = 1000
WHO = st.integers(min_value=0, max_value=2)
AMOUNT = st.integers(min_value=1, max_value=GRAMS + 200) | st.integers(min_value=1, max_value=40)


@dataclass
class Hold:
    act: Any
    source: int
    target: int | None
    amount: int
    over: bool = False


class Ledger(RuleBasedStateMachine):
    """Every example has a lot of its own."""

    session: ClassVar[Session]

    def __init__(self) -> None:
        super().__init__()
        self.ground = ledger_storm.lay(self.session, 3, grams=GRAMS)
        self.posted, self.frozen = [GRAMS, 0, 0], [0, 0, 0]
        self.cancelled = self.withdrawn = self.n = 0
        self.holds: list[Hold] = []
        self.moved: list[tuple[Any, int, int, int]] = []  # leg, source, target, still reversible

    def ask(self, verb: Any, allowed: bool, **more: Any) -> Any:
        """Call a verb, sometimes twice; None when it was refused, as the model says it must be."""
        self.n += 1
        key = f"{self.ground.key}/{self.n}"
        try:
            act = verb(self.session, None, key=key, **more)
        except Conflict:
            assert not allowed, (verb.__name__, more)
            return None
        assert allowed, (verb.__name__, more)
        if self.n % 3 == 0:
            assert verb(self.session, None, key=key, **more) == act
        return act

    def free(self, who: int) -> int:
        return self.posted[who] - self.frozen[who]

    @rule(a=WHO, step=st.integers(1, 2), amount=AMOUNT)
    def transfer(self, a: int, step: int, amount: int) -> None:
        b = (a + step) % 3
        ends = {
            "source": self.ground.accounts[a],
            "target": self.ground.accounts[b],
            "lot": self.ground.lot,
        }
        act = self.ask(ledger.transfer, amount <= self.free(a), amount=amount, **ends)
        if act is not None:
            self.posted[a] -= amount
            self.posted[b] += amount
            self.moved.append((legs_of(self.session, act)[0], a, b, amount))

    @rule(a=WHO, step=st.integers(0, 2), amount=AMOUNT)
    def set_aside(self, a: int, step: int, amount: int) -> None:
        b = (a + step) % 3 if step else None
        more = {"source": self.ground.accounts[a], "lot": self.ground.lot, "amount": amount}
        verb = ledger.freeze if b is None else ledger.hold
        more |= {"reason": "核查"} if b is None else {"target": self.ground.accounts[b]}
        act = self.ask(verb, amount <= self.free(a), **more)
        if act is not None:
            self.frozen[a] += amount
            self.holds.append(Hold(act, a, b, amount))

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 50), size=AMOUNT)
    def settle(self, which: int, size: int) -> None:
        h = self.holds[which % len(self.holds)]
        allowed = not h.over and h.target is not None and size <= h.amount
        if self.ask(ledger.settle, allowed, held=h.act, amount=size) is not None:
            assert h.target is not None
            self.posted[h.source] -= size
            self.posted[h.target] += size
            self.frozen[h.source] -= h.amount
            h.over = True

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 50))
    def release(self, which: int) -> None:
        h = self.holds[which % len(self.holds)]
        if self.ask(ledger.release, not h.over, frozen=h.act) is not None:
            self.frozen[h.source] -= h.amount
            h.over = True

    @rule(a=WHO, amount=AMOUNT)
    def cancel(self, a: int, amount: int) -> None:
        more = {"source": self.ground.accounts[a], "lot": self.ground.lot, "purpose": CancelPurpose.EVENT}
        if self.ask(ledger.cancel, amount <= self.free(a), amount=amount, **more) is not None:
            self.posted[a] -= amount
            self.cancelled += amount

    @precondition(lambda self: self.moved)
    @rule(which=st.integers(0, 50), amount=st.integers(1, 60))
    def correct(self, which: int, amount: int) -> None:
        n = which % len(self.moved)
        leg, a, b, left = self.moved[n]
        size = int(leg.amount)
        taken = min(amount, max(self.free(b), 0), left)
        more = {
            "original": leg,
            "amount": amount,
            "approvers": self.ground.approvers,
            "reason": "数据异常",
        }
        done = self.ask(ledger.correct, amount <= size, **more)
        if done is not None:
            assert (done.reversed_g, done.shortfall_g) == (taken, amount - taken)
            self.posted[b] -= taken
            self.posted[a] += taken
            self.moved[n] = (leg, a, b, left - taken)

    @invariant()
    def database_agrees(self) -> None:
        rows = [ledger_reading.holdings(self.session, account) for account in self.ground.accounts]
        found = [(r[0].posted_g, r[0].frozen_g) if r else (0, 0) for r in rows]
        assert found == list(zip(self.posted, self.frozen, strict=True))
        c = ledger_reading.circulation(self.session, self.ground.lot.number)
        assert c.issued_g == c.held_g + c.cancelled_g + c.withdrawn_g + c.pooled_g == GRAMS
        assert c.cancelled_g == self.cancelled

    def teardown(self) -> None:
        assert ledger_reading.audit(self.session) == []


@pytest.mark.rule("J01", "M09", "G27")
def test_random_programs_agree_with_the_model(session: Session) -> None:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    chosen = settings(
        max_examples=15, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=checks
    )
    bound = type("Bound", (Ledger,), {"session": session})
    run_state_machine_as_test(bound, settings=chosen)  # type: ignore[no-untyped-call]
