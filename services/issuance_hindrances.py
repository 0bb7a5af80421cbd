"""What stands against posting an approved issuance now 签发前的最后核对 (G03, I04, I09, I13)."""

from sqlmodel import Session

from models.tables import Case, Project
from models.vocabulary.text import Text
from services import issuance_data, issuance_facts, quota


def of_case(session: Session, case: Case) -> list[Text]:
    """What stands against posting now, in words; empty where nothing does (I04, I09, I13)."""
    row = issuance_facts.row_of(session, case)
    if row is None or row.approved_g is None or row.claim_id is None:
        return [Text("No amount has been approved.", "尚未核定减排量。")]
    project = session.get_one(Project, row.project_id)
    found = []
    if project.state not in ("implementing", "running"):
        found.append(
            Text("The project is not being implemented.", f"项目 {project.number} 不在实施状态，不能签发。")
        )
    if issuance_facts.data_of(session, case, row, project).sha256 != row.data_sha256:
        found.append(
            Text(
                "The monitoring data has changed since the review; send it back.",
                "监测数据在审查后发生变化，请退回重新审查。",
            )
        )
    if issuance_data.blocked(session, project, row.period_from, row.period_to):
        found.append(
            Text(
                "Data of this period is being corrected; nothing is issued meanwhile.",
                "该监测期数据正在修正，修正完成前不予签发。",
            )
        )
    units = quota.in_period(session, session.get_one(Case, project.case_id), row.period_from, row.period_to)
    found += [
        Text(
            f"{u.name} is on the quota list of {u.year}, in force in this period; its reductions are not issued.",
            f"{u.name} 已列入监测期适用的配额管理单位名单（{u.year} 年），该期减排量不予签发。",
        )
        for u in units
    ]
    return found
