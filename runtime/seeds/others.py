"""How far the demonstration cases of the other procedures go."""

from runtime.seeds.play import Play


def joint_review(play: Play) -> None:
    """The centre has given its finding; the exchange has yet to."""
    _filed(play)
    play.answer("readiness_check", "ready", after=0.6)
    play.answer("formal_review", "accept", after=1)
    play.answer("centre_review", "agree", after=0.8)
    play.next_task("exchange_review")


def _filed(play: Play) -> None:
    play.later(0.3)
    play.submit()


def mall_online(play: Play) -> None:
    """From the review of the papers to an open mall with its goods."""
    _filed(play)
    play.answer("formal_review", "accept", after=1)
    play.answer("mall_assessment", "positive", after=1.5, assessed_on=play.line.at.date().isoformat())
    play.answer("mall_assessment_signature", "sign", after=0.5)
    play.answer("bureau_receipt", "approve", after=1)
    play.answer("agreement_draft", "draft", after=0.8)
    play.answer("agreement", "sign", after=0.6)
    play.answer("agreement_countersignature", "sign", after=0.4)
    play.answer("connection_spec", "propose", after=1)
    play.answer("connection_agreement", "agree", after=0.5)
    play.answer("connection_test", "passed", after=1)
    play.answer("exchange_acceptance", "accept", after=0.5)
    play.ended()


def event_assessment(play: Play) -> None:
    """An event, accepted for evaluation by the exchange."""
    _filed(play)
    play.answer("formal_review", "accept", after=0.8)
    play.claim("mall_assessment", after=0.4)


def quantity_review(play: Play) -> None:
    """This year's reported months are asked for, the exception is allowed, the amount is to be reviewed."""
    _filed(play)
    play.answer("formal_review", "accept", after=0.8)
    play.answer("exception_decision", "allow", after=0.5)
    play.next_task("quantity_review")


def feedback(play: Play) -> None:
    """Centre and exchange have compared what was filed; the holder is asked what it thinks of the findings."""
    play.later(0.2)
    play.submit()
    play.answer("data_check", "checked", after=1)
    play.answer("exchange_data_check", "checked", after=0.8)
    play.answer("evaluation_report", "conform", after=1)
    play.next_task("feedback")
