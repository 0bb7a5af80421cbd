"""A bundle whose parts belong to somebody else is applied for on behalf of the owner (G08, S02)."""

import pytest

from tests.models.test_project_application_form import PARTS, locs, put


@pytest.mark.rule("G08", "S02")
@pytest.mark.parametrize(
    ("owner", "is_agency", "found"),
    [
        ("91310199MARFNGNQ8F", False, []),  # both belong to the applicant
        ("12310199750490248M", False, ["applicant.is_agency"]),
        ("12310199750490248M", True, []),
    ],
)
def test_bundle_of_another_owner_is_an_entrusted_application(
    owner: str, is_agency: bool, found: list[str]
) -> None:
    parts = [PARTS[0], PARTS[1] | {"owner_uscc": owner}]
    changes = [put("design.bundle", {"is_bundled": True, "sub_projects": parts})]
    if not is_agency:
        changes += [put("applicant.is_agency", False), put("entrustment", None)]
    assert locs(*changes) == found
