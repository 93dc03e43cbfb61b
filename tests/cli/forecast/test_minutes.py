from clickhouse_connect.driver.client import Client

from cli.forecast.minutes import ATTEMPTS, COST, KEPT_MINUTES, MESSAGES, Minutes
from cli.forecast.outlook import outlook

NOW = 1_800_000_030.0
THIS_MINUTE = int(NOW) // 60


class Rows:
    """Answers with the rows of minutes within the time asked for."""

    def __init__(self, rows: list[tuple[str, int, float]]) -> None:
        self.rows = rows
        self.asked: list[tuple[int, int]] = []
        self.result_rows: list[tuple[str, int, float]] = []

    def query(self, _: str, parameters: dict[str, int]) -> "Rows":
        since, until = parameters["since"] // 60, parameters["until"] // 60
        self.asked.append((since, until))
        self.result_rows = [row for row in self.rows if since <= row[1] < until]
        return self


def look(minutes: Minutes, rows: Rows, now: float = NOW) -> None:
    client: Client = rows  # type: ignore[assignment]
    minutes.look(client, now)


def test_hours_end_at_the_last_whole_minute() -> None:
    rows = Rows(
        [
            (MESSAGES, THIS_MINUTE, 100.0),  # not over yet
            (MESSAGES, THIS_MINUTE - 1, 1.0),
            (MESSAGES, THIS_MINUTE - 60, 2.0),
            (MESSAGES, THIS_MINUTE - 61, 4.0),
            (MESSAGES, THIS_MINUTE - 180, 8.0),
            (ATTEMPTS, THIS_MINUTE - 100, 3.0),
        ]
    )
    minutes = Minutes()
    assert minutes.until == 0
    look(minutes, rows)
    assert minutes.until == THIS_MINUTE * 60
    assert minutes.hours(MESSAGES) == [8.0, 4.0, 3.0]
    assert minutes.hours(ATTEMPTS) == [0.0, 3.0, 0.0]
    assert minutes.hours(COST) == [0.0, 0.0, 0.0]


def test_an_hour_that_is_not_whole_is_none() -> None:
    minutes = Minutes()
    look(minutes, Rows([(MESSAGES, THIS_MINUTE - 59, 1.0)]))
    assert minutes.hours(MESSAGES) == []
    assert outlook(minutes.hours) == {}


def test_late_rows_are_counted_and_old_ones_forgotten() -> None:
    rows = Rows([(MESSAGES, THIS_MINUTE - KEPT_MINUTES, 5.0), (MESSAGES, THIS_MINUTE - 2, 1.0)])
    minutes = Minutes()
    look(minutes, rows)
    assert len(minutes.hours(MESSAGES)) == KEPT_MINUTES // 60
    rows.rows[1] = (MESSAGES, THIS_MINUTE - 2, 7.0)
    look(minutes, rows, NOW + 60)
    assert minutes.hours(MESSAGES) == []
    look(minutes, rows, NOW + 58 * 60)
    assert minutes.hours(MESSAGES) == [7.0]
    assert rows.asked[0] == (THIS_MINUTE - KEPT_MINUTES, THIS_MINUTE)
    assert rows.asked[1] == (THIS_MINUTE - 15, THIS_MINUTE + 1)


def test_rows_that_a_sink_brings_hours_after_their_records_are_counted_within_an_hour() -> None:
    rows = Rows([(MESSAGES, THIS_MINUTE - 600, 0.0)])
    minutes = Minutes()
    look(minutes, rows)
    rows.rows += [(MESSAGES, THIS_MINUTE - 200, 7.0)]
    for number in range(1, 60):
        look(minutes, rows, NOW + number * 60)
    assert sum(minutes.hours(MESSAGES)) == 0.0
    look(minutes, rows, NOW + 3600)
    assert sum(minutes.hours(MESSAGES)) == 7.0
    everything = [asked for asked in rows.asked if asked[1] - asked[0] == KEPT_MINUTES]
    assert len(everything) == 2


def test_the_outlook_follows_the_hours() -> None:
    hours = {MESSAGES: [3600.0] * 48, ATTEMPTS: [0.0] * 48, COST: [2.0] * 48}
    found = outlook(hours.__getitem__)
    assert 3000 < found[MESSAGES].low < 3600 < found[MESSAGES].high < 4200
    assert found[ATTEMPTS].expected < 1
    assert 1.5 < found[COST].expected < 2.5
