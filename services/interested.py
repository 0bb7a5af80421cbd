"""Who has an interest in a case 利害关系方: its sides, those it is filed for, those who share in what it brings (G03, G11, G12)."""

from sqlmodel import Session, col, or_, select

from models.procedures import procedure
from models.tables import Case, Party, Project
from services import paths, shares


def owners(case: Case) -> set[str]:
    """Credit codes of the owners or developers of what a bundle brings together."""
    return _values(case, "owners")


def sites(case: Case) -> set[str]:
    """Addresses of what a bundle brings together."""
    return _values(case, "sites")


def _values(case: Case, what: str) -> set[str]:
    path = procedure(case.procedure).identity_paths.get(what)
    return {str(value).strip() for value in paths.get(case.form, path)} if path else set()


def of_case(session: Session, case: Case) -> list[Party]:
    """Applicant, principal, owners of a bundle, whoever shares in the reductions, and who helped with the papers.

    Of a case about a published project those of its application, too.
    """
    found: dict[int | None, Party] = {}
    for filed in _filings(session, case):
        codes = owners(filed)
        if code := paths.named(filed.procedure, filed.form, "service_agency_uscc"):
            codes.add(str(code))
        sides = [i for i in (filed.filer_id, filed.principal_id) if i]
        named = select(Party).where(or_(col(Party.id).in_(sides), col(Party.uscc).in_(codes)))
        sharing = [share.party for share in shares.of_case(session, filed) if share.party]
        found |= {party.id: party for party in (*session.exec(named), *sharing)}
    return list(found.values())


def _filings(session: Session, case: Case) -> list[Case]:
    project = session.get(Project, case.project_id) if case.project_id is not None else None
    origin = session.get(Case, project.case_id) if project is not None else None
    return [case, origin] if origin is not None and origin.id != case.id else [case]
