"""What a methodology says beside its numbers 方法学说明: boundary, baseline, sources of data, in words of both languages.

The words stand in a file of their own: the file of the calculator is named by its digest wherever something was
worked out by it, and mending a sentence must not change what was counted.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.vocabulary.text import Text

FOLDER = Path(__file__).parents[2] / "methodologies" / "descriptions"

#: What a methodology is about 领域, as the groups of project types and scenarios have it.
FIELDS: dict[str, Text] = {
    "renewable": Text("Renewable energy", "可再生能源"),
    "efficiency": Text("Energy saving", "节能降碳"),
    "recycling": Text("Recycling of resources", "资源循环"),
    "travel": Text("Green travel", "绿色出行"),
    "household": Text("Household electricity", "居民低碳用电"),
    "sink": Text("Carbon sinks", "碳汇"),
    "other": Text("Other", "其他"),
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """A sentence in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=600)]
    en: Annotated[str, Field(min_length=1, max_length=1200)]

    @property
    def text(self) -> Text:
        return Text(self.en, self.zh)


class Supplied(_Part):
    """A quantity that comes with the data: where it is taken from, and what is asked of its monitoring 监测要求."""

    symbol: str
    source: Words
    monitoring: Words


class Description(_Part):
    """The words of one version.

    Args:
        demonstration: no text that anybody has published; the pages say so.
        publisher: who publishes it. basis: what it was written after. class_basis: where its class comes from.
        baseline: the baseline scenario 基准线情景. boundary: what is inside and outside 核算边界.
        requirements: what is asked of the project or scenario beside the conditions of use 基本要求.
        english: English of the few words the calculator's file has in Chinese only, by the Chinese.
    """

    code: str
    version: str
    demonstration: bool = False
    field: Literal["renewable", "efficiency", "recycling", "travel", "household", "sink", "other"]
    publisher: Words
    basis: Words
    class_basis: Words
    summary: Words
    baseline: Words
    boundary: Annotated[list[Words], Field(min_length=1)]
    supplied: list[Supplied]
    requirements: list[Words] = Field(default_factory=list)
    changes: list[Words] = Field(default_factory=list)
    english: dict[str, str] = Field(default_factory=dict)

    @property
    def field_title(self) -> Text:
        return FIELDS[self.field]

    def both(self, chinese: str) -> Text:
        """Words of the calculator's file, in English where this file has them."""
        return Text(self.english.get(chinese, chinese), chinese)

    def of(self, symbol: str) -> Supplied | None:
        return next((s for s in self.supplied if s.symbol == symbol), None)


def descriptions(folder: Path = FOLDER) -> dict[tuple[str, str], Description]:
    """Every description by code and version.

    Raises:
        ValueError: a file is none (pydantic names the place), or two describe the same version.
    """
    found: dict[tuple[str, str], Description] = {}
    for file in sorted(folder.glob("*.json")):
        read = _read(file, file.stat().st_mtime_ns)
        key = (read.code, read.version)
        if key in found:
            raise ValueError(f"{file.name}: {key[0]} {key[1]} is described twice")
        found[key] = read
    return found


def described(code: str, version: str, folder: Path = FOLDER) -> Description | None:
    """The words of a version; None where nobody has written any."""
    return descriptions(folder).get((code, version))


def text_of(code: str, version: str, folder: Path = FOLDER) -> str:
    """The file of a description as it stands; empty where there is none."""
    for file in sorted(folder.glob("*.json")):
        found = _read(file, file.stat().st_mtime_ns)
        if (found.code, found.version) == (code, version):
            return file.read_text(encoding="utf-8")
    return ""


@lru_cache(maxsize=64)
def _read(file: Path, changed: int) -> Description:
    return Description.model_validate(json.loads(file.read_text(encoding="utf-8")))
