"""Papers, letters and the declaration of an issuance application (rules G04, G05, G19)."""

from dataclasses import replace
from typing import Any

from models.procedures.shared import issuing, letters
from models.procedures.shared.needs import always, never
from models.vocabulary.roles import Role
from models.vocabulary.specs import CENTRE_OFFICE, Document, Highlight, Material
from models.vocabulary.text import Text

#: Who is asked for an opinion on the amount and reads what it rests on.
REVIEWERS = frozenset({Role.AGENCY})

#: The centre, as it writes about an amount: there is neither panel nor notice (G18, G19).
OFFICE = replace(
    CENTRE_OFFICE,
    decided_by="《上海市碳普惠管理办法》《上海市碳普惠减排项目和减排场景开发与申请指南》关于减排量审查和签发的规定，"
    "以及所适用的方法学。",
    not_counted="专业技术服务机构审查、你单位补正和完善申请材料以及确认核定量所用时间",
    duties="配合减排量审查。登记入账前你单位可以通过平台撤回申请。与本案审查人员有利害关系的，可以申请其回避。",
)


def typed_data(form: dict[str, Any]) -> bool:
    """Mandatory where the data is not the platform's; a form that does not say yet counts as typed (G20)."""
    application = form.get("application")
    return not (isinstance(application, dict) and application.get("data_source") in ("reported", "records"))


DOCUMENTS = (
    *letters.INTAKE,
    Document(
        "appendix_d",
        Text("Issuance application (Appendix D)", "项目减排量签发申请表（附录D）"),
        "附D",
        personal=True,
        own=True,
    ),
    Document(
        "appendix_e",
        Text("Calculation of the reduction (Appendix E)", "项目减排量计算过程说明（附录E）"),
        "附E",
        reviewers=REVIEWERS,
        own=True,
    ),
    Document(
        "monitoring_report",
        Text("Monitoring report", "项目减排量监测报告"),
        "监",
        reviewers=REVIEWERS,
        own=True,
    ),
    *issuing.LETTERS,
    letters.TERMINATION_NOTICE,
)

#: The applicant's declaration at each issuance (rules G04, I14).
DECLARATION = Text(
    "I / my organisation apply for the issuance of the reductions of the monitoring period stated and promise that "
    "they have not been and will not be claimed under any other domestic or international voluntary "
    "emission-reduction mechanism, nor sold as green power or green certificates. Data, calculation and papers are "
    "true; I vouch for their legality, truth and accuracy and bear the legal liability for any false statement.",
    "本人/我单位/机构申请签发所列监测期的项目减排量，承诺该减排量未曾并且不会重复申请国内外温室气体自愿减排机制，"
    "未参与绿色电力交易、绿色电力证书交易等。监测数据、计算过程和相关申请文件属实，确保合法性、真实性、准确性，"
    "若有虚报假报，本人将承担由此引起的法律责任。",
)

_MADE = Text("made from the form; upload the sealed copy", "由系统根据填报内容和监测数据生成，可上传盖章件")
_TYPED = Text("unless the data is the platform's", "未采用平台已报送数据的必须提供")
MATERIALS = (
    Material(
        "appendix_d",
        Text("Issuance application (Appendix D)", "项目减排量签发申请表（附录D）"),
        _MADE,
        always,
        generated=True,
        personal=True,
    ),
    Material(
        "appendix_e",
        Text("Calculation of the reduction (Appendix E)", "项目减排量计算过程说明（附录E）"),
        _MADE,
        always,
        generated=True,
    ),
    Material(
        "monitoring_report",
        Text("Monitoring report", "项目减排量监测报告"),
        _MADE,
        always,
        generated=True,
    ),
    Material(
        "metering_proof",
        Text("Meter readings and settlement papers", "抄表记录、电费结算单等计量结算凭证"),
        _TYPED,
        typed_data,
    ),
    Material(
        "verification_certificates",
        Text("Verification certificates of the meters", "计量器具检定（校准）证书"),
        _TYPED,
        typed_data,
    ),
    Material("other", Text("Other papers", "其他材料"), Text("if any", "如有"), never),
)

#: Where the form keeps what services know by name.
FACTS = {
    "project_number": "application.project_number",
    "project_name": "application.project_name",
}

HIGHLIGHTS = (
    Highlight("application.project_number", Text("Project number", "项目编号")),
    Highlight("application.project_name", Text("Project", "项目名称")),
    Highlight("application.period_from", Text("Period from", "监测期起")),
    Highlight("application.period_to", Text("Period to", "监测期止")),
    Highlight("calculation.er_total_t", Text("Amount applied for, tCO₂e", "申请签发减排量（tCO₂e）")),
)
