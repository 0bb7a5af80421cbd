"""The papers of a scenario application: documents issued, the declaration, materials to bring (G04, G21, G22)."""

from dataclasses import replace
from typing import Any

from models.procedures.shared import letters
from models.procedures.shared.needs import always, applicant_says, by_organisation, never
from models.vocabulary.roles import Role
from models.vocabulary.specs import CENTRE_OFFICE, Audience, Document, Material
from models.vocabulary.text import Text

_EXPERT = frozenset({Role.EXPERT})
DOCUMENTS = (
    *letters.INTAKE,
    Document(
        "appendix_c",
        Text("Application form (Appendix C)", "碳普惠减排场景申请表（附录C）"),
        "附C",
        personal=True,
        own=True,
    ),
    Document("joint_review_opinion", Text("Joint review opinion", "会同审核意见"), "会", reviewers=_EXPERT),
    Document("conference_minutes", Text("Minutes of the conference", "会商纪要"), "商", Audience.STAFF),
    *letters.PANEL,
    *letters.PUBLIC,
    Document("connection_acceptance", Text("Acceptance of the connection", "数据对接验收意见"), "接"),
    *letters.ENDINGS,
)

#: The centre, as it writes about a scenario: reviewed with the exchange, never by an institution (G23, G24).
OFFICE = replace(
    CENTRE_OFFICE,
    decided_by="《上海市碳普惠管理办法》《上海市碳普惠减排项目和减排场景开发与申请指南》关于会同审核、专家技术论证、"
    "公示和出具技术审核意见的规定，以及所适用的方法学。",
    not_counted="专家技术论证、你单位补正、完善文本和开展联调测试以及公示所用时间",
    duties="配合会同审核和专家论证（如有）。公布前你单位可以通过平台撤回申请。与本案评审人员有利害关系的，"
    "可以在会同审核或者专家论证前申请其回避。",
)

#: The applicant's declaration, in the wording of the guide (rule G04), for a scenario.
DECLARATION = Text(
    "I / my organisation / institution apply for a carbon-inclusion emission-reduction scenario and promise not to "
    "apply under any other domestic or international voluntary emission-reduction mechanism, and not to take part "
    "in green power trading, green certificate trading or the like. What is stated in the application form and the "
    "papers filed with it is true; I vouch for its legality, truth and accuracy and bear the legal liability for "
    "any false statement.",
    "本人/我单位/机构申请碳普惠减排场景，承诺不重复申请国内外温室气体自愿减排机制，不参与绿色电力交易、绿色电力证书交易等。"
    "申请表中所填写内容和相关申请文件属实，确保合法性、真实性、准确性，若有虚报假报，本人将承担由此引起的法律责任。",
)

_is_entrusted, _is_bundled = applicant_says("is_agency"), applicant_says("is_bundled")


def by_others(form: dict[str, Any]) -> bool:
    """Mandatory when the developer is another: entrusted, or bundled from several (G22)."""
    return _is_entrusted(form) or _is_bundled(form)


def sub_scenarios(form: dict[str, Any]) -> int:
    """How many sub-scenarios the form lists; one at least, the application itself."""
    listed = form.get("sub_scenarios")
    return max(1, len(listed)) if isinstance(listed, list) else 1


_EACH = Text("one for each sub-scenario, when bundled", "打捆申请的，每个子场景提供一份")
MATERIALS = (
    Material(
        "appendix_c",
        Text("Application form (Appendix C)", "碳普惠减排场景申请表（附录C）"),
        Text("made from the form; upload the sealed copy", "由系统根据填报内容生成，可上传盖章件"),
        always,
        generated=True,
        personal=True,
    ),
    Material(
        "licence",
        Text("Business licence or other proof of status", "营业执照或者其他主体资格证明材料"),
        Text("for organisations", "申请主体为单位的必须提供"),
        by_organisation,
    ),
    Material(
        "legal_rep_identity",
        Text("Proof of identity of the legal representative", "法人或者负责人身份证明材料"),
        Text("always", "必须提供"),
        always,
        personal=True,
    ),
    Material(
        "user_agreement",
        Text("Agreement between the applicant and its users", "减排场景申请主体与个人的服务协议"),
        Text("always; with the terms of consent", "必须提供，含用户授权条款"),
        always,
    ),
    Material(
        "entrustment_letter",
        Text("Letter of entrustment", "减排场景申请委托书"),
        Text(
            "when applying for a developer; one for each sub-scenario",
            "受托申请的必须提供；打捆申请的，每个子场景提供一份",
        ),
        by_others,
        count=sub_scenarios,
    ),
    Material(
        "sub_platform_connection",
        Text("Connection of each sub-scenario's platform", "各子场景平台的数据接入情况"),
        _EACH,
        _is_bundled,
        count=sub_scenarios,
    ),
    Material(
        "sub_user_agreement",
        Text("Agreement between each developer and its users", "子场景开发主体与个人的服务协议"),
        _EACH,
        _is_bundled,
        count=sub_scenarios,
    ),
    Material("other", Text("Other papers", "其他材料"), Text("if any", "如有"), never),
)
