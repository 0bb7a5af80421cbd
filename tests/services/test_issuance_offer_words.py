"""The sentences an offer of issuance is filled with."""

from services.issuance_offers import joined


def test_sentences_arejoined_with_one_mark_between_them() -> None:
    assert (
        joined(["逐月核对。", "", "电子记录存于平台。；", "每日备份"])
        == "逐月核对；电子记录存于平台；每日备份。"
    )
    assert joined(["", " 。"]) == ""
