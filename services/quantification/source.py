"""The text of a methodology file: exact values, and the line of each of them."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from models.vocabulary.text import Text
from services.quantification.refusals import Defect, Refused

LARGEST = 1_000_000  # characters; a calculator is a few pages of text

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """One file as read.

    Args:
        file: folder and name, for people.
        data: the document; numbers are int or text, never float.
        digest: SHA-256 of the canonical document, which a calculation keeps.
        lines: line of each value by its path.
    """

    file: str
    data: dict[str, Any]
    digest: str
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of `path`, or of the nearest group around it."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)

    def refused(self, defect: Defect) -> Refused:
        return Refused(self.file, self.line(defect.path), defect.what, defect.path)


def read(file: Path) -> Source:
    """Read a definition. Raises Refused on text that is no exact JSON object."""
    name = f"{file.parent.name}/{file.name}"
    return parse(file.read_text(encoding="utf-8"), name)


def parse(text: str, name: str) -> Source:
    """The same from text; `name` is what refusals call it."""
    if len(text) > LARGEST:
        raise Refused(name, 1, Text("The file is too large.", "文件过大。"))
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        raise Refused(
            name,
            error.lineno,
            Text(f"Not valid JSON: {error.msg}.", "不是有效的 JSON 文本，请检查括号、引号和逗号。"),
        ) from error
    except RecursionError as error:
        raise Refused(name, 1, Text("The file is nested too deeply.", "文件嵌套层次过深。")) from error
    except Defect as defect:
        raise Refused(name, _line_of(text, str(defect.path[0])), defect.what) from defect
    if not isinstance(data, dict):
        raise Refused(name, 1, Text("The file has to hold one object.", "文件内容应为一个对象。"))
    return Source(name, data, digest(data), _lines(text))


def digest(data: dict[str, Any]) -> str:
    """SHA-256 of the document, whatever its spacing and order of keys."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Defect(f"“{key}” is given twice.", f"“{key}”重复出现。", (f'"{key}"',))
        found[key] = value
    return found


def _no_float(text: str) -> NoReturn:
    raise Defect(
        f'{text} is a binary fraction; write it as text: "{text}".',
        f'小数 {text} 应写作文本 "{text}"，以保证数值精确。',
        (text,),
    )


def _integer(text: str) -> int:
    if len(text) > 30:
        raise Defect("This number is too long.", "数字过长。", (text,))
    return int(text)


def _line_of(text: str, piece: str) -> int:
    """The last line with the piece (of a repeated key the repetition), else the first line of the file."""
    return text.count("\n", 0, max(0, text.rfind(piece))) + 1


def _lines(text: str) -> dict[Path_, int]:
    """Lines by path; JSON is read a second time as YAML, whose nodes know where they stand."""
    found: dict[Path_, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _walk(node, (), found)
    except (yaml.YAMLError, RecursionError):
        pass  # the lines are a help; without them the place is told by its path
    return found


def _walk(node: yaml.Node, path: Path_, found: dict[Path_, int]) -> None:
    found[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _walk(value, (*path, str(key.value)), found)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _walk(value, (*path, number), found)
