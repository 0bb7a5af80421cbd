"""Calculators and descriptions of published versions: from rows where they were taken in, else from the program's files.

Which content a version has is said by its row in `methodology`; the content is found by that digest, checked against
it once and kept compiled in the process, so that a decision costs no reading of files or texts.
"""

import json
from collections.abc import Sequence
from typing import TypeVar

from sqlmodel import Session, col, select

from models.tables import Methodology, MethodologyVersion
from models.vocabulary.errors import NotFound
from models.vocabulary.text import Text
from services import pictures
from services.quantification import describing, loader
from services.quantification.describing import Description
from services.quantification.refusals import Defect
from services.quantification.source import parse

CALCULATOR, WORDS = "calculator_sha256", "description_sha256"
#: Compiled by digest. A digest never comes to mean another content; past so many the table is begun again.
MOST = 500
T = TypeVar("T")
_METHODS: dict[str, loader.Methodology] = {}
_WORDS: dict[str, Description] = {}


def of(session: Session, code: str, version: str) -> loader.Methodology:
    """The calculator of a version (M03, M06). Raises NotFound, and Refused where its content is damaged."""

    def ask() -> str | None:
        query = select(col(Methodology.data)[CALCULATOR].astext).where(
            Methodology.code == code, Methodology.version == version
        )
        return session.exec(query).first()

    digest = pictures.once(session, ("calculator", code, version), ask)
    return _taken_in(session, digest) if digest else loader.methodology(code, version)


def of_row(session: Session, row: Methodology) -> loader.Methodology:
    """The same with its row at hand."""
    digest = row.data.get(CALCULATOR)
    return _taken_in(session, str(digest)) if digest else loader.methodology(row.code, row.version)


def _taken_in(session: Session, digest: str) -> loader.Methodology:
    found = _METHODS.get(digest)
    if found is None:
        row = session.exec(select(MethodologyVersion).where(MethodologyVersion.sha256 == digest)).first()
        if row is None:
            words = Text(
                f"The calculator {digest[:12]} is not in the database; restore it from a backup.",
                f"数据库中没有计算文件 {digest[:12]}，请从备份恢复。",
            )
            raise NotFound(words)
        source = parse(row.calculator, filename(row))
        if source.digest != digest:
            raise source.refused(
                Defect(
                    "It is not what was published; restore it from a backup.",
                    "内容与公布时的不一致，请从备份恢复。",
                )
            )
        return _keep(_METHODS, digest, loader.compiled(source))
    return found


def _keep(kept: dict[str, T], digest: str, made: T) -> T:
    if len(kept) >= MOST:
        kept.clear()
    kept[digest] = made
    return made


def described(session: Session, row: Methodology) -> Description | None:
    """The words of a version; None where nobody has written any."""
    return descriptions(session, [row]).get((row.code, row.version))


def descriptions(session: Session, rows: Sequence[Methodology]) -> dict[tuple[str, str], Description]:
    """The words of versions, by number and version; texts are read once in the life of the process."""
    digests = {(r.code, r.version): str(r.data[WORDS]) for r in rows if r.data.get(WORDS)}
    missing = set(digests.values()) - _WORDS.keys()
    if missing:
        query = select(MethodologyVersion.words_sha256, MethodologyVersion.description)
        for digest, text in session.exec(query.where(col(MethodologyVersion.words_sha256).in_(missing))):
            _keep(_WORDS, digest, Description.model_validate(json.loads(text)))
    found = {key: _WORDS[digest] for key, digest in digests.items() if digest in _WORDS}
    files = describing.descriptions()
    return {
        (r.code, r.version): files[r.code, r.version] for r in rows if (r.code, r.version) in files
    } | found


def filename(row: MethodologyVersion) -> str:
    """What its file is called, for people."""
    return f"{row.code.lower()}-{row.version}.json"
