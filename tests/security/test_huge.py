"""Two gigabytes at a door for files, announced or not: refused after a few megabytes, in words, with nothing kept."""

import json
import select
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psutil
import pytest

from services.session import transaction
from tests.api import case_world
from tests.conftest import Browser, environment
from tests.serving import served

SignIn = Callable[..., Browser]
SIZE, PIECE = 2 * 1024**3, bytes(1024**2)
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\n'
#: What a web may read before it says no, with what lies in the lines between: megabytes.
MOST = 24


@pytest.fixture(scope="module")
def site(database: str) -> Iterator[str]:
    with environment(MAX_UPLOAD_MB="1"), served() as address:
        yield address


def sent(address: str, path: str, headers: dict[str, str], announced: bool) -> tuple[int, str, int]:
    """(status, words, megabytes that were taken): the file is sent until somebody answers."""
    where = urlsplit(address)
    told = {"Host": where.netloc, "Content-Type": "multipart/form-data; boundary=x", **headers}
    told |= {"Content-Length": str(SIZE)} if announced else {"Transfer-Encoding": "chunked"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    frame = (lambda data: data) if announced else (lambda data: b"%x\r\n%s\r\n" % (len(data), data))
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=120) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + frame(HEAD))
        megabytes = 0
        while not select.select([line], [], [], 0)[0] and megabytes * len(PIECE) < SIZE:
            try:
                line.sendall(frame(PIECE))
            except OSError:  # refused while it was on its way
                break
            megabytes += 1
        answer = line.recv(1 << 16)
        while b"\r\n\r\n" in answer and not _whole(answer):
            answer += line.recv(1 << 16)
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode(errors="replace"), megabytes


def _whole(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(
        int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")
    )
    return len(body) >= length


DOORS = {
    "a paper, by the interface": ("applicant", "/api/v1/cases/{no}/attachments"),
    "a paper, by the page": ("applicant", "/cases/{no}/materials"),
    "a paper of an objection": ("", "/objections/nothing/papers"),
    "a template": ("admin", "/admin/templates/shared/receipt"),
    "nobody's, where nobody takes files": ("", "/login"),
}


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in pieces"])
@pytest.mark.parametrize("door", DOORS)
def test_two_gigabytes_are_refused_early(door: str, announced: bool, site: str, browser: SignIn) -> None:
    who, path = DOORS[door]
    headers = {}
    if who == "applicant":
        with transaction() as session:
            person = case_world.filer(session)
        filer = browser(user=person)
        made = filer.post(
            "/api/v1/cases", json={"procedure": "project_application", "form": case_world.form()}
        )
        path, headers = path.format(no=case_world.number_of(made)), filer.headers
    elif who:
        headers = browser(who).headers
    process, began = psutil.Process(), time.monotonic()
    before = process.memory_info().rss
    status, words, megabytes = sent(site, path, headers, announced)
    assert (status, megabytes < MOST, time.monotonic() - began < 60) == (413, True, True)
    said = json.loads(words)["title"] if path.startswith("/api/") else words
    assert "过大" in said
    assert process.memory_info().rss - before < 64 * 1024**2
