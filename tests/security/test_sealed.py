"""Personal data at rest: unreadable in every table and every file, readable through the house (M10)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from models.procedures import PROCEDURES
from models.tables import Case, sealed
from models.vocabulary.forms import example_data
from runtime.backup import files_folder
from services import blobs
from services.session import transaction
from services.settings import settings
from tests.api import case_world
from tests.conftest import environment

#: What the example form holds of people.
SECRETS = ("310199197803120172", "13800138000", "zhou.ya@example.com")


def everything(session: Session) -> str:
    """Every row of every table, as text."""
    tables = session.connection().execute(
        text(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'ledger')"
        )
    )
    rows: list[str] = []
    for (table,) in tables.all():
        rows += [
            r[0] for r in session.connection().execute(text(f"select row_to_json(t)::text from {table} t"))
        ]
    return "\n".join(rows)


@pytest.mark.rule("M10")
def test_no_table_holds_personal_data_in_the_clear(client: Any, browser: Any) -> None:
    with transaction() as session:
        filer = case_world.filer(session)
    person = browser(user=filer)
    number = case_world.filed(person)
    with transaction() as session:
        kept = everything(session)
        case = session.exec(select(Case)).one()
        assert case.form["applicant"]["contact_mobile"] == SECRETS[1]
    assert number in kept
    assert [s for s in SECRETS if s in kept] == []
    assert sealed.MARK in kept


@pytest.mark.rule("M10")
def test_no_file_is_kept_in_the_clear() -> None:
    content = b"%PDF-1.4 identity card of a person"
    name = blobs.put(content)
    found = [f.read_bytes() for f in files_folder(settings()).rglob(name)]
    assert len(found) == 1
    assert b"identity card" not in found[0]
    assert blobs.get(name) == content


def test_a_damaged_file_is_told() -> None:
    name = blobs.put(b"some paper that is damaged later")
    file = next(files_folder(settings()).rglob(name))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises((OSError, sealed.CannotOpen)):
        blobs.get(name)


def test_values_changed_by_path_are_sealed_too() -> None:
    column = sealed.SealedForm()
    typed = {
        "changes": [{"path": "applicant.contact_mobile", "value": SECRETS[1]}, {"path": "x", "value": "y"}]
    }
    kept = column.process_bind_param(typed, None)  # type: ignore[arg-type]
    assert SECRETS[1] not in str(kept)
    assert kept["changes"][1]["value"] == "y"
    assert column.process_result_value(kept, None) == typed  # type: ignore[arg-type]


def test_keys_are_changed_by_putting_a_new_one_in_front() -> None:
    with environment(DATA_KEYS="old-key"):
        kept = sealed.seal_text("13800138000")
    with environment(DATA_KEYS="new-key,old-key"):
        assert sealed.open_text(kept) == "13800138000"
        assert sealed.open_text(sealed.seal_text("x")) == "x"
    with environment(DATA_KEYS="new-key"), pytest.raises(sealed.CannotOpen):
        sealed.open_text(kept)


def test_text_that_only_looks_sealed_is_kept_as_typed() -> None:
    for typed in ("sealed:", "sealed:AAAA", "sealed:不是密文"):
        assert sealed.open_text(sealed.seal_text(typed)) == typed


def test_every_personal_field_is_known() -> None:
    assert {"legal_rep_id_no", "contact_mobile", "contact_email"} <= sealed.personal_names()
    assert settings().data_secrets
    assert set(example_data(PROCEDURES["project_application"].form)["applicant"]) & sealed.personal_names()
