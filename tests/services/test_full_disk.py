"""A full or absent place for files is told in words, and nothing is half kept."""

import pytest
from sqlmodel import select

from models.tables import Attachment
from models.vocabulary.errors import NotKept
from services import blobs, materials, troubles
from services.access import actor_of
from tests import factories
from tests.conftest import environment

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def no_room(tmp_path):
    """A file lies where the folder should be."""
    (tmp_path / "taken").write_text("")
    with environment(BLOB_URL=(tmp_path / "taken" / "files").as_uri()):
        yield


def test_upload_without_a_place_for_files_is_refused_in_words_and_leaves_no_row(session, no_room):
    user = factories.user(session, "applicant")
    case = factories.case(session, user, status="draft")
    with pytest.raises(NotKept) as told:
        materials.add(session, actor_of(user), case.case_no, "other", "a.pdf", PDF, True)
    assert told.value.status == 503
    assert told.value.detail.zh.endswith("请稍后重试。")
    assert session.exec(select(Attachment).where(Attachment.case_id == case.id)).all() == []


def test_full_disk_is_told_from_one_that_does_not_answer():
    full = blobs.why("Generic LocalFileSystem error: No space left on device (os error 28)")
    away = blobs.why("Generic S3 error: error sending request")
    assert (full, away) == (blobs.FULL, blobs.AWAY)


def test_console_tells_a_letter_without_room_in_the_words_of_an_office():
    said = troubles.readable("NotKept: The storage for files is full.")
    assert said.startswith("文件存储空间已满")
