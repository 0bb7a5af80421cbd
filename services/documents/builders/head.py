"""The part all documents share, and the hash that seals it to its data."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.procedures import procedure
from models.vocabulary.types import mask_text
from services.casefile import CaseFile
from services.documents.builders import reading
from services.documents.builders.reading import CENTRE
from services.documents.builders.words import digest, text, yes_no, zh_date
from services.documents.contexts.base import Issued, MaterialRow
from services.redaction import Scrubber, personal_values


@dataclass(frozen=True)
class Head:
    """What the issuing act knows: the number, the instant, and which round and slot it is for."""

    number: str
    issued_at: datetime
    round: int
    slot: str
    template_version: str

    def common(self, file: CaseFile, issuing_body: str = "") -> dict[str, str]:
        """The fields of `Issued`, by the office of the procedure; the check code is filled in at the end."""
        return {
            "number": self.number,
            "case_no": file.case_no,
            "issuing_body": text(issuing_body or reading.office(file).name),
            "issued_on": zh_date(self.issued_at),
            "template_version": self.template_version,
            "check_code": "",
        }

    def to_filer(self, file: CaseFile) -> dict[str, str]:
        """A letter of the office to the filing party."""
        return {**self.common(file), "recipient": text(file.filer.name)}

    def letter(self, file: CaseFile) -> dict[str, str]:
        """A letter that any procedure sends; it names what was applied for."""
        return {**self.to_filer(file), "subject": reading.subject(file)}

    def own(self, file: CaseFile) -> dict[str, str]:
        """The same, where the office speaks of itself."""
        return {**self.letter(file), "own": reading.office(file).own}

    def to_centre(self, file: CaseFile, issuing_body: str) -> dict[str, str]:
        """A paper handed to the centre."""
        return {**self.common(file, issuing_body), "recipient": CENTRE}


#: Not personal: numbers of documents and organisations, hashes, and the centre's own telephone.
_PLAIN = frozenset(
    {
        "number",
        "case_no",
        "check_code",
        "template_version",
        "digest",
        "form_digest",
        "contact_phone",
        "contact_email",
        "applicant_uscc",
        "agency_uscc",
        "receipt_no",
        "notice_number",
        "opinion_number",
        "project_no",
        "expert_name",
        "lead_name",
        "handler",
        "officer",
        "supervisor",
    }
)


def masked(context: Issued) -> Issued:
    """Identity and mobile numbers that somebody typed into a text are shortened (rule M10)."""
    return _through(context, mask_text)


def scrubbed(context: Issued, file: CaseFile) -> Issued:
    """For readers outside the case: besides, the persons named in the form are not named (rule M10)."""
    personal = personal_values(procedure(file.procedure).form, dict(reading.filed(file)))
    return _through(context, Scrubber(personal).text)


def _through(context: Issued, mask: Callable[[str], str]) -> Issued:
    return type(context).model_validate(_mask(context.model_dump(), mask))


def _mask(data: Any, mask: Callable[[str], str], name: str = "") -> Any:
    if isinstance(data, dict):
        return {key: _mask(value, mask, key) for key, value in data.items()}
    if isinstance(data, list):
        return [_mask(value, mask, name) for value in data]
    return data if name in _PLAIN else mask(data)


def check_code(context: Issued) -> str:
    """First 16 hex digits of the SHA-256 of what the document says (not of how it is laid out)."""
    data = context.model_dump(exclude={"check_code", "template_version"})
    told = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def material_rows(file: CaseFile) -> list[MaterialRow]:
    """The package with the hash of each paper (rules G06, G07)."""
    return [
        MaterialRow(
            no=str(no),
            title=text(found.title),
            filename=text(found.filename),
            sealed=yes_no(found.sealed),
            digest=digest(found.sha256),
        )
        for no, found in enumerate(file.materials, 1)
    ]
