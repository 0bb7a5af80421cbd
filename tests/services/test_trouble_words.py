"""What fails in the engine is told in words with what to do; the program's own words are kept beside them."""

from models.tables import Case, EngineTrouble, Outbox
from services import trouble_words, troubles
from services.reading.console import sentences

DAMAGED = "OSError: file 8a0f is damaged"


def row(message: str, kind: str = "activity") -> EngineTrouble:
    return EngineTrouble(kind=kind, what="issue_documents", message=troubles.readable(message), attempts=3)


def test_damaged_file_is_told_in_words_with_what_to_do() -> None:
    why, detail = sentences.of_trouble(row(DAMAGED)), sentences.detail_of(row(DAMAGED))
    assert "OSError" not in why.zh + why.en
    assert "存储的文件已损坏或丢失" in why.zh
    assert "从备份恢复" in why.zh
    assert "Restore it from the backup" in why.en
    assert DAMAGED in detail


def test_what_the_house_does_not_know_is_handed_to_the_engineers() -> None:
    why = sentences.of_trouble(row("ValueError: bad thing"))
    assert ("ValueError" in why.zh, "技术细节" in why.zh, "技术人员" in why.zh) == (False, True, True)
    assert sentences.detail_of(row("ValueError: bad thing")) == "ValueError: bad thing"


def test_words_given_where_it_broke_stay_and_lose_only_the_brackets() -> None:
    said = f"TemplateUnusable: 文书“受理通知书”的现行模板无法使用：{troubles.readable(DAMAGED)}。请启用可用的版本。"
    found = trouble_words.told(troubles.readable(said))
    assert found.words.zh == "文书“受理通知书”的现行模板无法使用：存储的文件已损坏。请启用可用的版本。"
    assert DAMAGED in found.detail


def test_every_failure_known_by_name_has_words_of_its_own() -> None:
    for name, _ in troubles.WORDS:
        found = trouble_words.told(troubles.readable(f"Error: {name}: x"))
        assert found.words != trouble_words.told("ValueError: x").words, name
        assert name in found.detail


def test_database_that_does_not_answer_is_known_without_the_name_of_its_failure() -> None:
    found = trouble_words.told(
        troubles.readable("OperationalError: (psycopg.OperationalError) connection failed: no")
    )
    assert "数据库暂时不可用" in found.words.zh
    assert "connection failed" not in found.words.zh


def test_program_that_does_not_fit_a_course_is_told_without_its_own_words() -> None:
    why = sentences.of_trouble(row("NonDeterminism: 12", "workflow_task"))
    assert ("NonDeterminism" in why.zh, sentences.detail_of(row("NonDeterminism: 12", "workflow_task"))) == (
        False,
        "NonDeterminism: 12",
    )


def test_case_that_stands_still_tells_its_reason_in_words() -> None:
    why = sentences.of_parked(
        Case(case_no="x", procedure="project_application", title="x", needs_operator=DAMAGED)
    )
    assert "OSError" not in why.zh + why.en
    assert why.zh.endswith("（生产部署手册“备份和恢复”）。请排除原因后唤起流程。")


def test_message_nobody_heard_keeps_the_words_of_the_engine_beside_it() -> None:
    row = Outbox(signal="nudge", dead=True, last_error="refused: 7")
    assert ("refused" in sentences.of_message(row).zh, sentences.said_of(row)) == (False, "refused: 7")
    row.last_error = sentences.COURSE_ENDED
    assert sentences.said_of(row) == ""
    assert trouble_words.told(sentences.COURSE_ENDED).words.zh == "流程已结束，消息无人接收。"
