"""A database of its own for what a replay made: the live tables' layout and views, and a table of the differences."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
from clickhouse_connect.driver.client import Client

from cli.exits import BAD_RESULT, USAGE, Failure
from cli.what_if.compare import Difference, settled
from cli.what_if.difference import Window
from cli.what_if.recording import Kept, Recording
from cli.what_if.run import Replayed
from config.settings import Settings
from pipeline.delivery.record import Record
from schemas.codec import Event
from schemas.ids import derived
from schemas.topics import ATTEMPTS, ENRICHED, FEEDBACK, INTERVENTIONS, LEARNING_EVENTS, REWARDS, Topic
from sinks.migrate import migrate, substitutions
from sinks.writer import Writer

DIFFERENCES = "what_if_differences"
BATCH = 5000
OF_KIND = {topic.event: topic for topic in (INTERVENTIONS, LEARNING_EVENTS, REWARDS)}

TABLE = f"""
CREATE TABLE {{database}}.{DIFFERENCES}{{on_cluster}} (
    kind LowCardinality(String) COMMENT 'Schema of the event that differs.',
    id String COMMENT 'The message''s id for ScoredMessage and TutorResponse, else the event''s.',
    path String COMMENT 'The field; empty where the whole event is only on one side.',
    was String COMMENT 'Its value in the unchanged replay, as JSON.',
    now String COMMENT 'Its value in the changed replay, as JSON.'
)
ENGINE = MergeTree
ORDER BY (kind, path, id)
COMMENT 'What a what-if replay changed, field by field.'
"""


@dataclass(frozen=True, slots=True)
class Shadow:
    """The database `name`. It is made anew; only a database that a replay made before is ever dropped."""

    client: Client
    settings: Settings
    name: str

    @property
    def _own(self) -> Settings:
        return self.settings.model_copy(update={"clickhouse_database": self.name})

    def check(self) -> None:
        """Raise `Failure` where the database is the live one, or somebody else's."""
        if self.name == self.settings.clickhouse_database:
            raise Failure(USAGE, f"--into {self.name} is the live database: give it another name")
        substitutions(self._own)
        tables = self.client.query(
            "SELECT name FROM system.tables WHERE database = {database:String}", parameters={"database": self.name}
        ).result_rows
        if tables and (DIFFERENCES,) not in {tuple(row) for row in tables}:
            raise Failure(USAGE, f"--into {self.name} holds tables that no replay made: give it another name")

    def drop(self) -> None:
        """Nothing of it stays."""
        self.check()
        self.client.command(f"DROP DATABASE IF EXISTS {self.name}{substitutions(self._own)['on_cluster']} SYNC")

    def write(self, records: Iterable[Record], differences: Iterable[Difference]) -> int:
        """Make the tables and put everything in; how many events. Raises `Failure` when one does not fit its table."""
        self.drop()
        on_cluster = substitutions(self._own)["on_cluster"]
        # This table first: it says whose the database is, should the rest fail.
        self.client.command(f"CREATE DATABASE {self.name}{on_cluster}", use_database=False)
        self.client.command(TABLE.format(database=self.name, on_cluster=on_cluster))
        migrate(self.client, self._own)
        rows = [(one.kind, one.id, one.path, _json(one.was), _json(one.now)) for one in differences]
        if rows:
            self.client.insert(f"{self.name}.{DIFFERENCES}", rows, ["kind", "id", "path", "was", "now"])
        return asyncio.run(self._insert(list(records)))

    async def _insert(self, records: list[Record]) -> int:
        writer = Writer(self._own)
        try:
            for first in range(0, len(records), BATCH):
                refused = await writer.write_all(records[first : first + BATCH])
                if refused:
                    raise Failure(BAD_RESULT, f"an event does not fit its table: {refused[0][2]}")
        finally:
            await writer.close()
        return len(records)


def records(recording: Recording, made: Replayed, window: Window) -> Iterator[Record]:
    """What the sinks would have stored: inputs as they were, and what came of them in the replay."""
    for id_, scored in made.scored.items():
        message = recording.messages[id_]
        if not window.holds(message.at):
            continue
        yield _record(message, message.event)
        enriched = {**scored, "event_id": derived(message.event["event_id"], "context")}
        yield _record(recording.enriched[id_], enriched, ENRICHED)
        yield _record(recording.scored[id_], scored)
        yield _record(recording.responses[id_], made.routed[id_].shown)
    keys = {recording.messages[id_].key for id_ in made.scored}
    for kept in recording.inputs.values():
        if kept.topic in (ATTEMPTS, FEEDBACK) and kept.key in keys and window.holds(kept.at):
            yield _record(kept, kept.event)
    of = {kept.event["event_id"]: kept for kept in recording.profiles}
    for id_, profile in made.profiles.items():
        if id_ in of and of[id_].key in keys and window.holds(of[id_].at):
            yield _record(of[id_], profile)
    for number, (id_, (kind, event)) in enumerate(made.outputs.items()):
        topic, there = OF_KIND[kind], recording.outputs.get(id_)
        key = f"{event['tenant_id']}/{event['learner_id']}".encode()
        if key not in keys or not window.holds(there.at if there is not None else event["sent_at"]):
            continue
        if there is not None:
            yield _record(there, event)
        else:
            yield Record(topic.name, 0, number, key, settled(kind, event), event["sent_at"])


def _record(kept: Kept, event: Event, topic: Topic | None = None) -> Record:
    of = topic or kept.topic
    return Record(of.name, kept.partition, kept.offset, kept.key, settled(of.event, event), kept.at)


def _json(value: object) -> str:
    return orjson.dumps(value, default=lambda one: one.hex() if isinstance(one, bytes) else str(one)).decode()
