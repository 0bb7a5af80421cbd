"""Forms of the demonstration projects: roofs of the city, each with its own meters and a year of readings."""

import copy
from decimal import ROUND_DOWN, Decimal
from typing import Any

from models.procedures import PROCEDURES
from models.vocabulary.forms import example_data
from runtime.seeds.files import records

PROCEDURE = "project_application"
MODULE_KW = Decimal("0.66")  # of one panel
FACTOR = Decimal("0.42")  # kgCO2/kWh, methodology DEMO-PV-2024
PARTY_OF = {"applicant": "ORG-PV", "agent": "ORG-AGENT"}
UNASKED = "published_1"  # the project whose first year is still to be asked for
LAPSED = "agency"  # the project whose meter is read once more after its verification has ended
SQUARE_METRES = Decimal("3.47")  # of roof for one panel, with the ways between


def project(key: str) -> dict[str, Any]:
    """The record of one demonstration project."""
    return next(row for row in records("projects") if row["key"] == key)


def form_of(key: str) -> dict[str, Any]:
    """A complete and valid filing form for one demonstration project."""
    row, form = project(key), copy.deepcopy(example_data(PROCEDURES[PROCEDURE].form))
    filer = next(p for p in records("parties") if p["key"] == PARTY_OF[row["filer"]])
    if row["filer"] != "applicant":
        form["applicant"] |= _applicant(filer)
    form["entrustment"]["principal_name"] = row["owner"]["name"]
    form["entrustment"]["principal_uscc"] = row["owner"]["uscc"]
    form["entrustment"]["benefit_split"] = [
        {"party": row["owner"]["name"], "pct": "40"},
        {"party": filer["name"], "pct": "60"},
    ]
    _measure(form, row)
    _describe(form, row)
    if key == UNASKED:
        form["project"] |= {
            "apply_first_issuance": False,
            "first_period_from": None,
            "first_period_to": None,
            "first_amount_t": None,
        }
    return form


def _applicant(filer: dict[str, Any]) -> dict[str, Any]:
    data = filer["data"]
    return {
        "applicant_name": filer["name"],
        "applicant_uscc": filer["uscc"],
        "established_on": data["established_on"],
        "registered_capital_wan": str(data["registered_capital_wan"]),
        "registered_address": filer["address"],
        "mailing_address": filer["address"],
        "postcode": "200051",
        "industry_code": "M7461",
        "legal_rep_name": data["legal_representative"]["name"],
        "legal_rep_id_no": data["legal_representative"]["id_number"],
        "applicant_profile": "公司从事低碳技术服务，受业主单位委托办理减排项目的开发、申请和数据管理，配有专职核算人员。",
        "contact_name": data["contact"]["name"],
        "contact_title": data["contact"]["position"],
        "contact_email": data["contact"]["email"],
        "platform_account_no": filer["account_no"],
    }


def _measure(form: dict[str, Any], row: dict[str, Any]) -> None:
    """Size, meters, readings and what follows from them."""
    design, scale = form["design"], row["modules"] * MODULE_KW
    design["equipment"][0]["qty"] = row["modules"]
    design["equipment"][1]["qty"] = max(1, round(scale / Decimal(115)))
    for meter, ending in zip(design["meters"], ("G", "E"), strict=True):
        meter["meter_no"] = f"{row['meter']}-{ending}"
        meter["certificate"] = f"JD-2024-{row['meter'][-4:]}-{ending}"
        if row["key"] != LAPSED:
            meter["valid_to"] = "2030-11-30"
    energy = _readings(design["readings"], row)
    tonnes = (energy * FACTOR / 1000).quantize(Decimal("0.001"), ROUND_DOWN)
    design["params"][0]["value"] = f"{energy:.2f}"
    for year in design["yearly"]:
        year |= {"BE": str(tonnes), "ER": str(tonnes)}
    form["project"] |= {
        "scale_kw": f"{scale:.2f}",
        "est_annual_t": str(tonnes),
        "est_total_t": str(tonnes * len(design["yearly"])),
        "first_amount_t": str(tonnes),
    }


def _readings(rows: list[dict[str, Any]], row: dict[str, Any]) -> Decimal:
    """A year of readings in proportion to the size; the sum in kWh."""
    share, start, total = Decimal(row["modules"]) / 1212, Decimal(rows[0]["reading_start"]), Decimal(0)
    for reading in rows:
        used = (Decimal(reading["quantity_kwh"]) / 80 * share).quantize(Decimal("0.01"))
        quantity = used * 80
        reading |= {
            "meter_no": f"{row['meter']}-G",
            "reading_start": f"{start:.2f}",
            "reading_end": f"{start + used:.2f}",
            "quantity_kwh": f"{quantity:.2f}",
        }
        start, total = start + used, total + quantity
    return total


def _describe(form: dict[str, Any], row: dict[str, Any]) -> None:
    """Name, site and the sentences that speak of them."""
    project, design, owner = form["project"], form["design"], row["owner"]["name"]
    scale, place = project["scale_kw"], row["place"]
    project |= {k: row[k] for k in ("district", "address", "lon", "lat")} | {"project_name": row["name"]}
    area = int(row["modules"] * SQUARE_METRES / 100) * 100
    project["scale_note"] = f"组件 {row['modules']} 块，屋顶面积约 {area} 平方米。"
    design["overview_text"] = (
        f"利用{owner}{place}屋顶建设分布式光伏电站，装机容量 {scale} kW，采用自发自用、余电上网模式，替代电网供电。"
    )
    design["technology"] = "采用单晶硅组件和组串式逆变器，经并网柜以 380 V 接入用户侧配电系统。"
    design["boundary_text"] = f"空间边界为{place}屋顶光伏系统至并网点；包括所替代电网供电的排放。"
    design["applicability"][0]["how_met"] = f"装机规模 {scale} kW，符合。"
    design["applicability"][1]["how_met"] = f"场址位于{row['district']}，符合。"
    number = row["meter"][-4:]
    design["approvals"][0] |= {
        "no": f"示例备〔2024〕{number}号",
        "authority": f"{row['district']}发展和改革委员会",
    }
    design["approvals"][1]["no"] = f"示例并网〔2024〕{number}号"
    design["basic_requirements"]["inclusiveness"] = "收益由场址业主与申请主体共享，并面向公众开展低碳宣传。"
    annual = Decimal(project["est_annual_t"])
    form["contribution"] |= {
        "sd_economic": f"年节约电费约 {round(annual * Decimal('0.126'))} 万元，收益按委托协议分配。",
        "sd_environment": f"年均减少二氧化碳排放约 {round(annual)} 吨，无废水、废气排放。",
        "sd_employment": "建设期提供 20 个用工岗位，运维期聘用 1 名运维人员。",
        "sd_education_poverty": "现场设置发电量展示屏，面向公众开展低碳宣传。",
    }
