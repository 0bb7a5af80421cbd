"""Units under carbon-market quota management 配额管理单位, matched against what is filed and issued (G03, I13)."""

from datetime import date
from typing import Any

from sqlalchemy import func, or_, tuple_
from sqlmodel import Session, col, select

from models.procedures import procedure
from models.tables import Case, EtsUnit, Party
from services import interested, paths


def managed(session: Session, case: Case, year: int) -> list[EtsUnit]:
    """Units on the lists in force in a year that match the applicant, an owner or a site of the case (I13).

    Of a bundle every owner and every site counts: one that is managed keeps the whole out until it is left out. A list stands until the next one of its scope is published.
    """
    owners = interested.owners(case)
    sides = [i for i in (case.filer_id, case.principal_id) if i]
    known = select(Party).where(or_(col(Party.id).in_(sides), col(Party.uscc).in_(owners)))
    parties = list(session.exec(known))
    codes = owners | {str(v) for v in _typed(case, "applicant_uscc", "principal_uscc")}
    codes |= {p.uscc for p in parties if p.uscc}
    names = {p.name for p in parties} | {
        str(v) for v in [paths.named(case.procedure, case.form, "principal_name")] if v
    }
    sites = interested.sites(case) | {str(paths.named(case.procedure, case.form, "address") or "")}
    query = select(EtsUnit).where(
        or_(
            col(EtsUnit.uscc).in_(codes),
            col(EtsUnit.name).in_(names),
            (col(EtsUnit.site) != "") & col(EtsUnit.site).in_(sites),
        ),
        tuple_(EtsUnit.scope, EtsUnit.year).in_(
            select(EtsUnit.scope, func.max(EtsUnit.year)).where(EtsUnit.year <= year).group_by(EtsUnit.scope)
        ),
    )
    return list(session.exec(query))


def in_period(session: Session, origin: Case, first: date, last: date) -> list[EtsUnit]:
    """Units that match the application of a published entry, by the lists of every year of a period."""
    years = range(first.year, last.year + 1)
    return list({unit.id: unit for year in years for unit in managed(session, origin, year)}.values())


def _typed(case: Case, *names: str) -> list[Any]:
    where = procedure(case.procedure).identity_paths
    return [value for name in names if name in where and (value := paths.first(case.form, where[name]))]
