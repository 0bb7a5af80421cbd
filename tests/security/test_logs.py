"""What somebody typed never makes a log line of its own, and never shows what is nobody else's business."""

import json
import logging
import time
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services import logs, redaction, troubles
from services.session import transaction
from tests.conftest import environment

PRIVATE = (
    "310199197803120172",
    "13800138000",
    "zhou.ya@example.com",
    "hunter2-hunter2",
    "phk_ab12cd_s3cr3ts3cr3t",
)
TYPED = 'x\r\n{"event": "signed_in"}\u2028y\x1b[2Jz\u202e'


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was written since, line by line."""
    with environment(LOG_LEVEL="INFO"):
        logs.configure()
    capsys.readouterr()

    def read() -> list[str]:
        written = capsys.readouterr()
        return [line for line in (written.out + written.err).split("\n") if line]

    yield read
    logs.configure()


def test_a_line_break_typed_by_a_user_makes_no_line(lines: Any) -> None:
    structlog.get_logger("puhui").info("request", path=TYPED, user=[TYPED], k={TYPED: TYPED})
    logging.getLogger("some.library").warning("said %s", TYPED)
    written = lines()
    assert len(written) == 2
    for line in written:
        assert json.loads(line)["level"] in {"info", "warning"}
        assert not logs.STEERING.search(line)


def test_on_a_terminal_no_typed_line_looks_like_an_event(
    lines: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    logs.configure()
    capsys.readouterr()
    try:
        raise ValueError(TYPED)
    except ValueError:
        structlog.get_logger("puhui").exception("request_failed", path=TYPED)
    written = lines()
    assert all(line.startswith("    ") for line in written[1:])
    assert "signed_in" in written[0]
    assert "\x1b[2J" not in "".join(written)


def test_personal_data_and_secrets_are_masked_in_every_field(lines: Any) -> None:
    log = structlog.get_logger("puhui")
    said = " ".join(PRIVATE).replace(PRIVATE[3], f"postgresql://puhui:{PRIVATE[3]}@host/db")
    log.warning("odd", error=said, more={"deep": [said]}, header="Bearer q3mYw0bXabcdef")
    try:
        raise ValueError(said)
    except ValueError:
        log.exception("request_failed")
    written = "\n".join(lines())
    assert [p for p in (*PRIVATE, "q3mYw0bX", "s3cr3t") if p in written] == []
    assert "3101**********0172" in written


@pytest.mark.parametrize(
    "piece", ["a", "1", " ", "-", "a@", "a.", "@a.", "://a:", "phk_a", "input_value=", "DETAIL:"]
)
def test_a_long_text_is_cleaned_soon(piece: str) -> None:
    """The address of a request is in the log of every request: nobody may keep the house busy with a long one."""
    text = piece * (logs.LONGEST // len(piece))
    began = time.process_time()
    for clean in (logs.discreet, redaction.Scrubber().text, troubles.readable):
        clean(text)
    assert time.process_time() - began < 1


def test_what_pydantic_repeats_of_a_value_is_taken_out_even_where_it_was_cut_off() -> None:
    assert "secret" not in logs.discreet("input_value='secret" + "x" * 30)


def test_the_link_of_an_objection_opens_nothing_for_whoever_reads_the_log(client: Any, lines: Any) -> None:
    link = "/objections/Zk3v0-_aQx81LmNsPq72TtYw"
    assert client.get(link).status_code == 404
    written = "\n".join(lines())
    assert ("/objections/***" in written, link in written) == (True, False)


def test_an_error_of_the_database_does_not_tell_the_values(client: Any, lines: Any) -> None:
    with pytest.raises(DBAPIError) as caught, transaction() as session:
        session.connection().execute(text("select cast(:typed as text), 1 / 0"), {"typed": "某人的住址"})
    assert "某人的住址" not in str(caught.value)
    client.get("/api/v1/public/notices?cursor=%00某人的住址")
    assert "某人的住址" not in "\n".join(lines())
