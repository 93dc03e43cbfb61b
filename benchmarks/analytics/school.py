"""A month of a made-up school, made inside the engine: learning events with copies, and the windows that count them.

Everything follows from an event's number, so that the windows are counted from the numbers and not from the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

TENANTS = 4
LEARNERS = 5_000
CONCEPTS = 12
COURSES = 2
PARTITIONS = 8
DAYS = 30
HOURS_A_DAY = 6
FIRST_DAY = "2026-03-01 08:00:00"
LAST_MOMENT = "2026-03-30 14:00:00"
MICROS = DAYS * HOURS_A_DAY * 3600 * 1_000_000
# Every hundredth event, and every hundredth final record, stands there twice.
COPY_EVERY = 100
CHUNK = 5_000_000


@dataclass(frozen=True, slots=True)
class School:
    """`rows` different learning events, spread evenly over the days' hours."""

    rows: int

    @property
    def step(self) -> int:
        """Microseconds of lessons between two events."""
        return max(MICROS // self.rows, 1)

    @property
    def learners(self) -> int:
        """Of each tenant: 2,500 events for each of 5,000, and at least a hundred where there are fewer events."""
        return min(LEARNERS, max(self.rows // TENANTS // 100, 1))

    @property
    def copies(self) -> int:
        """Events that stand there twice."""
        return len(range(0, self.rows, COPY_EVERY))

    def fill(self, client: Client) -> Iterator[str]:
        """Insert everything; a line about each part that is done. The tables must be empty.

        No merge of events runs, or their copies would be gone before they are asked about; parts are as big as merges
        make them. Of windows the last week's copies stay; the weeks before are as they are once they are over.
        """
        for table in ("raw_learning_events", "raw_aggregates", "raw_final_windows"):
            client.command(f"SYSTEM STOP MERGES {table}")
        for start in range(0, self.rows, CHUNK):
            count = min(CHUNK, self.rows - start)
            client.command(self._events(f"numbers({start}, {count})", "n"), settings=INSERTING)
            yield f"{start + count:,} learning events"
        copied = f"(SELECT number * {COPY_EVERY} AS number FROM numbers({self.copies}))"
        client.command(self._events(copied, f"{self.rows} + n"), settings=INSERTING)
        yield f"{self.copies:,} copies of them"
        client.command(self._windows_of_concepts(), settings=INSERTING)
        for kind, name in (("course", f"concat('course-', toString({CONCEPT} % {COURSES}))"), ("tenant", "tenant_id")):
            client.command(_windows_over_concepts(kind, name), settings=INSERTING)
        client.command(COPIES_OF_WINDOWS, settings=INSERTING)
        client.command("SYSTEM START MERGES raw_final_windows")
        for (week,) in client.query(WEEKS_OVER).result_rows:
            client.command(f"OPTIMIZE TABLE raw_final_windows PARTITION ID '{week}' FINAL")
        client.command("SYSTEM STOP MERGES raw_final_windows")
        yield "windows of concepts, courses and tenants, and copies of them"

    def _numbers(self, source: str) -> str:
        """The events of `source`'s numbers, by what follows from each number."""
        return f"""
            SELECT
                number AS n,
                cityHash64(number) AS h,
                h % {TENANTS} AS tenant,
                intDiv(h, 4) % {self.learners} AS learner,
                intDiv(h, 65536) % {CONCEPTS} AS concept,
                intDiv(h, 16777216) % 20 AS item,
                intDiv(h, 4294967296) % 100 AS chance,
                n * {self.step} AS lesson_micros,
                intDiv(lesson_micros, {HOURS_A_DAY * 3600 * 1_000_000}) AS day,
                toDateTime64('{FIRST_DAY}', 6, 'UTC')
                    + toIntervalMicrosecond(lesson_micros + day * {(24 - HOURS_A_DAY) * 3600 * 1_000_000}) AS sent_at,
                intDiv(h, 1099511627776) % 1000 / 1000 AS draw,
                round(0.45 + 0.03 * concept + 0.1 * (learner % 3), 3) AS predicted,
                toUInt8(draw < predicted) AS correct
            FROM {source}
        """

    def _events(self, source: str, offset: str) -> str:
        return f"""
            INSERT INTO raw_learning_events (
                event_id, tenant_id, learner_id, session_id, course_id, sent_at, kind, concept_id, item_id, model,
                predicted, outcome, value, detail, kafka_topic, kafka_partition, kafka_offset, kafka_appended_at
            )
            WITH concat('concept-', leftPad(toString(concept), 2, '0')) AS concept_id,
                 multiIf(chance < 90, 'attempt_predicted', chance < 93, 'concept_mastered', 'review_due') AS kind
            SELECT
                reinterpretAsUUID(sipHash128(n)), concat('school-', toString(tenant)),
                concat('learner-', leftPad(toString(learner), 5, '0')),
                reinterpretAsUUID(sipHash128(tenant, learner, day)), concat('course-', toString(concept % {COURSES})),
                sent_at, kind, concept_id,
                if(kind = 'attempt_predicted', concat(concept_id, '/', toString(item)), NULL),
                if(kind = 'attempt_predicted', 'blend-1', NULL),
                if(kind = 'attempt_predicted', predicted, NULL),
                if(kind = 'attempt_predicted', correct, NULL),
                if(kind = 'attempt_predicted', NULL, predicted), map(),
                'masterx.learning-events', learner % {PARTITIONS}, {offset}, sent_at + toIntervalMillisecond(40)
            FROM ({self._numbers(source)})
        """

    def _windows_of_concepts(self) -> str:
        return f"""
            INSERT INTO raw_aggregates ({WINDOW_COLUMNS})
            WITH concat('school-', toString(tenant)) AS tenant_id,
                 concat('concept-', leftPad(toString(concept), 2, '0')) AS name
            SELECT {window_values("concept")}
            FROM (
                SELECT tenant, concept, learner % {PARTITIONS} AS source_partition, toStartOfMinute(sent_at) AS minute,
                       toInt64(count()) AS attempts, toInt64(sum(correct)) AS right
                FROM ({self._numbers(f"numbers({self.rows})")})
                WHERE chance < 90
                GROUP BY tenant, concept, source_partition, minute
            )
        """


CONCEPT = "toUInt32(substring(dimension, 9))"
WINDOW_COLUMNS = """
    event_id, tenant_id, kind, dimension, window_start, window_s, final, revision, source_partition,
    counts, sums, sketches, late, kafka_topic, kafka_partition, kafka_offset, kafka_appended_at
"""


def window_values(kind: str) -> str:
    """A final record's columns, from tenant_id, name, minute, source_partition, attempts and right."""
    return f"""
        reinterpretAsUUID(sipHash128(tenant_id, '{kind}', name, minute, source_partition)), tenant_id, '{kind}',
        name, minute, 60, true, attempts + 1, source_partition,
        map('attempts', attempts, 'correct', right, 'events', attempts, 'hints', 0), map(), map(), 0,
        'masterx.aggregates', source_partition, rowNumberInAllBlocks(), minute + INTERVAL 3 MINUTE
    """


def _windows_over_concepts(kind: str, name: str) -> str:
    return f"""
        INSERT INTO raw_aggregates ({WINDOW_COLUMNS})
        SELECT {window_values(kind)}
        FROM (
            SELECT tenant_id, {name} AS name, source_partition, window_start AS minute,
                   sum(f.attempts) AS attempts, sum(f.correct) AS right
            FROM raw_final_windows AS f
            WHERE kind = 'concept'
            GROUP BY tenant_id, name, source_partition, minute
        )
    """


COPIES_OF_WINDOWS = f"""
    INSERT INTO raw_aggregates ({WINDOW_COLUMNS})
    SELECT {WINDOW_COLUMNS.replace("kafka_offset", "kafka_offset + 1000000000")}
    FROM raw_aggregates
    WHERE cityHash64(event_id) % {COPY_EVERY} = 0
"""
WEEKS_OVER = """
    SELECT DISTINCT partition_id FROM system.parts
    WHERE active AND database = currentDatabase() AND table = 'raw_final_windows'
    QUALIFY partition_id < max(partition_id) OVER ()
    ORDER BY partition_id
"""
INSERTING = {
    "max_partitions_per_insert_block": 0,
    "max_threads": 2,
    "max_insert_threads": 1,
    # Parts of a chunk each, and no search for copies before they are written.
    "min_insert_block_size_rows": CHUNK,
    "min_insert_block_size_bytes": 0,
    "optimize_on_insert": 0,
}
