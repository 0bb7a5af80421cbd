"""Keys of platforms: so many calls a minute, and whoever guesses is stopped."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.tables import Project, SignInAttempt
from models.vocabulary.errors import TooManyTries
from services import guesses
from services.monitoring import keys, rates
from services.session import reading, transaction
from tests.monitoring import rows


@pytest.fixture
def project(database: str) -> Project:
    with transaction() as session:
        return rows.published(session, readings=False)


@pytest.fixture
def token(project: Project) -> str:
    with transaction() as session:
        return keys.make(session, rows.owner(session, project), project, "场站采集平台").token


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "CALLS", rates.Rates(per_minute=3))


def ask(client: Any, project: Project, token: str) -> Any:
    return client.get(
        f"/api/v1/projects/{project.number}/readings", headers={"Authorization": f"Bearer {token}"}
    )


def test_a_key_calls_as_often_as_the_guide_says() -> None:
    assert rates.CALLS.per_minute == 120
    guide = (Path(__file__).parents[2] / "docs/monitoring.md").read_text()
    assert "每个密钥每分钟最多调用 120 次" in guide
    assert f"15 分钟内出示 {guesses.TRIES_BY_ADDRESS} 次无效密钥" in guide


def test_a_bucket_fills_evenly() -> None:
    now = 100.0
    calls = rates.Rates(per_minute=2, now=lambda: now)
    calls.take(1)
    calls.take(1)
    with pytest.raises(TooManyTries):
        calls.take(1)
    calls.take(2)
    now += 30
    calls.take(1)
    with pytest.raises(TooManyTries):
        calls.take(1)
    now += 3600
    calls.take(1)
    calls.take(1)
    with pytest.raises(TooManyTries):
        calls.take(1)


def test_a_key_that_calls_too_often_is_told_when_to_come_back(
    client: Any, project: Project, token: str, slow: None
) -> None:
    answers = [ask(client, project, token) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "60"


def test_guessed_keys_are_counted_by_address_and_working_ones_go_on(
    client: Any, project: Project, token: str
) -> None:
    told = [ask(client, project, f"{token}{n}").status_code for n in range(guesses.TRIES_BY_ADDRESS + 2)]
    assert told == [401] * guesses.TRIES_BY_ADDRESS + [429] * 2
    assert ask(client, project, token).status_code == 200
    with reading() as session:
        kept = {row.username for row in session.exec(select(SignInAttempt))}
    assert kept == {"_".join(token.split("_")[:2])}
