"""The command that checks the files of a methodology tells every fault and ends with its verdict."""

from pathlib import Path

from typer.testing import CliRunner, Result

from runtime.__main__ import app
from services.quantification.loader import FOLDER
from tests.quantification.test_checking import PV, WORDS, put


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["methodology", "check", *map(str, words)])


def test_files_that_come_with_the_program_are_in_order() -> None:
    done = run(*sorted(FOLDER.glob("*.json")))
    assert (done.exit_code, done.output.count("✓"), done.output.count("described")) == (0, 5, 5)


def test_faults_are_told_and_end_with_another_code(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(PV, "utf-8")
    bad.write_text(put(PV, parameters__2__value="0.40"), "utf-8")
    done = run(good, bad)
    assert (done.exit_code, "计算得 339.0944，文件所载为 356.04912" in done.output) == (1, True)
    assert "no description" in done.output
    words = tmp_path / "words.json"
    words.write_text(put(WORDS, version="3.0"), "utf-8")
    assert "二者应为同一版本" in run(good, "--description", words).output
    assert run(good, bad, "--description", words).exit_code == 1
    assert run(tmp_path / "nothing.json").exit_code == 1
