"""What the ledger's database says no with, in words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.vocabulary.errors import Conflict
from models.vocabulary.text import Text

#: By SQLSTATE of revision 0003.
REFUSALS: dict[str, Text] = {
    "LG001": Text("Such a movement does not exist in the ledger.", "登记簿不存在此类变动，未予登记。"),
    "LG002": Text(
        "The frozen amount is not the one named, or its time has passed.",
        "所指冻结与登记不符，或已超过有效期，请核对后重新办理。",
    ),
    "LG003": Text(
        "The account has not enough available (frozen amounts do not count).",
        "账户可用数量不足（冻结部分不可使用），请核对余额。",
    ),
    "LG004": Text(
        "Points must be backed by reductions gram for gram.", "碳积分与对应减排量数量不一致，未予登记。"
    ),
    "LG007": Text("What is in the ledger is never changed or deleted.", "登记簿记录不得修改或删除。"),
    "LG008": Text("Balances follow movements and are not written.", "余额由登记变动生成，不得直接改写。"),
    "LG009": Text(
        "Two different persons must approve.", "须由两名不同人员分别审核，同一自然人的两个账号视为一人。"
    ),
    "LG010": Text("A movement is dated by the database.", "登记时间由系统生成，不得指定。"),
    "LG011": Text("The period is no longer claimed by this case.", "该监测期的占用已解除，请重新申请。"),
    "LG012": Text(
        "The lot differs from the published project in class, methodology or number.",
        "签发内容与已公布的项目（场景）编号、方法学或类别不一致。",
    ),
    "LG013": Text(
        "Nothing is issued while the project or scenario is not being implemented.",
        "该项目（场景）不在实施状态，不予签发。",
    ),
    "LG014": Text("This business has already been recorded.", "该笔业务已办结，不能再追加变动。"),
    "LG015": Text(
        "Only class I reductions can be surrendered for compliance.",
        "仅依据I类方法学签发的减排量可用于履约清缴。",
    ),
    "LG016": Text(
        "A correction reverses what was posted to this account, and no more of it.",
        "冲正须对应原登记的变动，且不得超过其数量。",
    ),
    "LG017": Text("The balance is the sum of its movements.", "余额与逐笔登记合计一致，无需重算。"),
}
#: By the name of the constraint.
CONSTRAINTS: dict[str, Text] = {
    "no_overspend": Text(
        "The amount exceeds what was approved or is available.", "数量超过核定签发量或账户可用数量。"
    ),
    "claims_do_not_overlap": Text(
        "Another issuance, granted or pending, covers some of these days.",
        "所选监测期与该项目（场景）已签发或正在办理的监测期重叠，请调整起止日期。",
    ),
    "one_live_claim_of_a_case": Text(
        "This case has reserved another period; give that one back first.",
        "本办件已占用另一监测期，请先解除后再调整。",
    ),
    "lots_do_not_overlap": Text(
        "Reductions of some of these days have been issued.", "该监测期内的减排量已经签发，不得重复签发。"
    ),
    "approved_not_above_recomputed": Text(
        "The approved amount cannot exceed the recomputed amount.", "核定量不得高于复核计算量。"
    ),
    "resolve_once": Text("This amount has been settled or released already.", "该笔冻结已交割或已解除。"),
    "transfer_pkey": Text("This movement has been recorded already.", "该笔变动已登记。"),
    "two_approvers": REFUSALS["LG009"],
}
UNDER_ITS_DUTY = Text(
    "What a correction left owed is replaced under its duty, not here.",
    "抵补多签发的减排量，请在账户页的“应补足的减排量”中办理。",
)
RESTS_ON = Text(
    "Compensation of ecological damage rests on a paper of a court or procuratorate; write its name and number here.",
    "生态损害替代性赔偿应依据法院、检察院相关法定文书，请在备注中填写文书名称和文号。",
)
OTHERWISE = Text(
    "The ledger did not accept the record; check its particulars.",
    "登记内容不符合登记规则，未予登记，请核对。",
)


def words(error: DBAPIError) -> Text | None:
    """The refusal in words; None when it is not the ledger that refused."""
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state in REFUSALS:
        return REFUSALS[state]
    if not state.startswith("23"):
        return None
    diagnosis = getattr(error.orig, "diag", None)
    return CONSTRAINTS.get(str(getattr(diagnosis, "constraint_name", "")), OTHERWISE)


@contextmanager
def guarded(session: Session) -> Iterator[None]:
    """Statements that the ledger may refuse: all of them or none, and a refusal is a Conflict in words."""
    try:
        with session.begin_nested():
            yield
    except DBAPIError as error:
        text = words(error)
        if text is None:
            raise
        raise Conflict(text, "ledger") from error
