"""Templates are translated once, not at every start; keeping them is never in the way of a page."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from api import translated
from api.templating import environment
from api.translated import Translated


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "hello.html").write_text("{{ name }}，您好")
    return folder


def fresh(pages: Path, kept: Path) -> Environment:
    """The templates as a process that has just started has them."""
    return Environment(loader=FileSystemLoader(pages), bytecode_cache=Translated(kept))


def hello(found: Environment) -> str:
    return found.get_template("hello.html").render(name="甲公司")


def not_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def generate(*_: object) -> str:
        raise AssertionError("translated again")

    monkeypatch.setattr(Environment, "_generate", generate)


def test_a_process_started_later_does_not_translate_again(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hello(fresh(pages, tmp_path / "kept")) == "甲公司，您好"
    not_again(monkeypatch)
    assert hello(fresh(pages, tmp_path / "kept")) == "甲公司，您好"


def test_a_template_that_was_changed_is_translated_again(pages: Path, tmp_path: Path) -> None:
    hello(fresh(pages, tmp_path / "kept"))
    (pages / "hello.html").write_text("{{ name }}，再见")
    assert hello(fresh(pages, tmp_path / "kept")) == "甲公司，再见"
    assert len([*(tmp_path / "kept").iterdir()]) == 1


def test_what_was_cut_short_is_translated_again(pages: Path, tmp_path: Path) -> None:
    hello(fresh(pages, tmp_path / "kept"))
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    assert hello(fresh(pages, tmp_path / "kept")) == "甲公司，您好"


def test_a_page_is_shown_where_nothing_can_be_kept(pages: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    assert hello(fresh(pages, tmp_path / "kept")) == "甲公司，您好"


def test_every_template_can_be_translated_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    translated.main()
    not_again(monkeypatch)
    later = environment().overlay(cache_size=400)
    names = later.list_templates()
    assert len(names) > 100
    for name in names:
        later.get_template(name)
