"""The project in a summary table, for the public and for the opinion."""

from collections.abc import Collection

from models.procedures import procedure
from services.casefile import CaseFile, PartyInfo
from services.documents.builders import reading
from services.documents.builders.reading import get, label
from services.documents.builders.words import BLANK, part_of_name, text, tonnes, zh_date
from services.documents.contexts.base import NamedValue
from services.redaction import WITHHELD


def public_name(party: PartyInfo | None) -> str:
    """A party as the public may see it: organisations in full, persons in part (rule M10)."""
    if party is None:
        return BLANK
    return text(party.name) if party.uscc else part_of_name(party.name)


def crediting(file: CaseFile) -> str:
    first, last = reading.project(file).get("crediting_from"), reading.project(file).get("crediting_to")
    return f"{zh_date(first)}至{zh_date(last)}" if first and last else BLANK


def project_facts(file: CaseFile, hidden: Collection[str]) -> list[NamedValue]:
    """Name, parties, place, methodology and quantities; what is kept back keeps its title and says so."""
    form, filed = procedure(file.procedure).form, reading.filed(file)

    def of(name: str) -> str:
        return label(form, f"project.{name}", get(filed, f"project.{name}"))

    facts = [
        ("project.project_name", "项目名称", reading.project_name(file)),
        ("applicant.applicant_name", "申请主体", public_name(file.filer)),
        ("entrustment.principal_name", "委托方", public_name(file.principal)),
        ("project.project_type", "项目类型", of("project_type")),
        ("project.district", "所在区", of("district")),
        ("project.address", "项目地址", of("address")),
        ("project.scale_kw", "规模", reading.scale(filed)),
        ("project.operated_on", "运行时间", zh_date(get(filed, "project.operated_on"))),
        ("project.methodology_id", "适用方法学", reading.methodology(file)),
        ("project.crediting_from", "减排量计入期", crediting(file)),
        ("project.est_annual_t", "预计年均减排量（tCO₂e）", tonnes(get(filed, "project.est_annual_t"))),
        ("project.est_total_t", "计入期总减排量（tCO₂e）", tonnes(get(filed, "project.est_total_t"))),
    ]
    return [
        NamedValue(name=title, value=WITHHELD.zh if _is_hidden(path, hidden) else value)
        for path, title, value in facts
        if value != BLANK
    ]


def _is_hidden(path: str, hidden: Collection[str]) -> bool:
    return any(path == kept or path.startswith(f"{kept}.") for kept in hidden if kept)
