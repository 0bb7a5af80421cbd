"""``python -m runtime methodology``: the files of a methodology checked at the machine, before they are uploaded."""

from pathlib import Path

import typer

from runtime.errors import RuntimeTrouble
from services.quantification import checking
from services.quantification.checking import Checked

app = typer.Typer(help="Methodologies: check the files of a version.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """Methodologies: check the files of a version. They are taken in on the page of administrators."""


@app.command()
def check(
    files: list[Path] = typer.Argument(help="Calculators; each with its description, if there is one."),
    description: Path | None = typer.Option(
        None, help="The description, for a single calculator; else descriptions/ beside it, by the same name."
    ),
) -> None:
    """Units, dimensions, divisors, validity and every worked example; ends with 1 where there is a fault."""
    if description is not None and len(files) > 1:
        raise RuntimeTrouble(
            "指定说明文件时，一次只能检查一个计算文件。", "With --description check one calculator at a time."
        )
    wrong = [file for file in files if not _told(file, description or _beside(file))]
    if wrong:
        names = ", ".join(map(str, wrong))
        raise RuntimeTrouble(
            f"{len(wrong)} 个文件需要修改：{names}", f"{len(wrong)} file(s) to be mended: {names}"
        )


def _beside(file: Path) -> Path | None:
    found = file.parent / "descriptions" / file.name
    return found if found.exists() else None


def _told(file: Path, description: Path | None) -> bool:
    """Print what was found; whether it is in order."""
    found: Checked = checking.check(_text(file), _text(description) if description else None)
    if found.faults:
        print(f"✗ {file}")
        for fault in found.faults:
            print(f"    {fault.text.zh}\n    {fault.text.en}")
        return False
    assert found.method is not None
    d = found.method.definition
    words = (
        "有说明文件 · described"
        if description
        else "没有说明文件，收录时需要 · no description, which is needed to take it in"
    )
    print(
        f"✓ {file}：{d.name}（{d.code} 第 {d.version} 版），{len(d.test_vectors)} 个示例一致 · examples agree；{words}"
    )
    for hint in found.hints:
        print(f"    {hint.zh}\n    {hint.en}")
    return True


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuntimeTrouble(f"{file} 不是 UTF-8 文本。", f"{file} is no UTF-8 text.") from error
    except OSError as error:
        raise RuntimeTrouble(
            f"无法读取 {file}：{error.strerror}。", f"{file} cannot be read: {error.strerror}."
        ) from error
