"""Too many at once: people wait longer for a connection than anybody may wait for a row, and are told what it is."""

from sqlalchemy.exc import TimeoutError as PoolTimeout

from services import notices, session


def test_wait_for_a_connection_is_longer_than_the_wait_for_a_row(client):
    with session.engine().connect() as connection:
        row = connection.exec_driver_sql(
            "select extract(epoch from current_setting('lock_timeout')::interval)"
        )
        longest = float(row.scalar_one())
    assert session.engine().pool._timeout >= 2 * longest


def test_whoever_gets_no_connection_is_told_of_the_crowd(client, monkeypatch):
    def crowded(*_args):
        raise PoolTimeout

    monkeypatch.setattr(notices, "one", crowded)
    page = client.get("/notices/1")
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "当前办理人数较多" in page.text
    told = client.get("/api/v1/public/notices/1", headers={"Accept-Language": "en"}).json()
    assert "did not come to your turn" in told["detail"]
