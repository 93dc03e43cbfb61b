"""Runs the class against the pipeline: sends what learners do, tells them what came back, and gathers the evidence."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.clickhouse import connected
from cli.demo.events import TENANT, Scribe, reply_of, suggestion_of
from cli.demo.result import stored
from cli.demo.school.actions import Action, Left
from cli.demo.school.learner import Learner
from cli.demo.seen.picture import Picture
from cli.demo.seen.record import Seen
from cli.demo.seen.watch import Watch
from cli.kafka import event_headers, producer
from cli.observe import rows
from cli.observe.receipts import MICROS, Receipts, to_response
from cli.observe.refusals import Place, Refusals
from cli.replay.recorded import Recorded
from cli.replay.send import as_sent
from cli.verify import Evidence, Response, Sent, Verdict, check
from schemas.codec import encode
from schemas.topics import ATTEMPTS, MESSAGES, PROFILES, RESPONSES

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from confluent_kafka import KafkaError, Message, Producer

    from config.settings import Settings

TICK_SECONDS = 0.05
COUNT_EVERY_SECONDS = 1.0
SOURCE = "demo"
GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the run. `first_answer_s` counts from `began`; `example` is the id of an answered message of the
    learner in the spotlight."""

    verdict: Verdict
    messages: int
    first_answer_s: float | None
    example: str | None


class Drive:
    """One run of a class. `began` is the moment that `first_answer_s` counts from, on `time.monotonic`.

    It ends once everything sent is answered and stored, or once nothing has moved for a reply's deadline and
    `GRACE_SECONDS` more; what is missing then counts as lost. `show` is called at each tick, `look` now and then: it
    may raise.
    """

    def __init__(
        self,
        settings: "Settings",
        learners: Sequence[Learner],
        picture: Picture,
        *,
        began: float,
        show: Callable[[Picture], None] = lambda _picture: None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._learners = {learner.name: learner for learner in learners}
        self._picture = picture
        self._began = began
        self._show = show
        self._look = look
        self._scribe = Scribe(str(uuid.uuid4()))
        self._sent: list[Sent] = []
        self._places: dict[Place, str] = {}
        self._refused_by_broker: list[str] = []
        self._received: list[Response] = []
        self._messages: set[str] = set()
        self._answered: set[str] = set()
        self._dead: frozenset[str] = frozenset()
        self._first_answer: float | None = None
        self._example: str | None = None

    def run(self) -> Outcome:
        """Blocks until it is over. Raises `Failure` when a service does not answer."""
        started = int(time.time() * MICROS)
        with (
            connected(self._settings) as client,
            Receipts(self._settings, [TENANT]) as receipts,
            Watch(self._settings, TENANT) as watch,
        ):
            refusals = Refusals(self._settings, (MESSAGES.name, ATTEMPTS.name), self._places)
            try:
                self._teach(client, receipts, watch, refusals, started)
                return self._judge(client)
            finally:
                refusals.close()

    def _teach(self, client: "Client", receipts: Receipts, watch: Watch, refusals: Refusals, started: int) -> None:
        sender = producer(self._settings)
        picture = self._picture
        begun = moved = counted = time.monotonic()
        patience = self._settings.deadline_seconds + GRACE_SECONDS
        before: object = None
        left = False
        while True:
            now = time.monotonic()
            picture.now, picture.elapsed = now, now - begun
            at_work = picture.elapsed < picture.seconds
            picture.phase = "" if at_work else "waiting for the last answers and rows"
            for action in self._due(picture.elapsed) if at_work else ():
                self._send(sender, action)
            sender.poll(0)
            for seen in watch.take():
                self._hear(seen)
            for receipt in receipts.take():
                response = to_response(receipt, latency_after=started)
                if response is not None and response.message_id in self._messages:
                    self._received.append(response)
                    self._answered.add(response.message_id)
            picture.answered = len(self._answered)
            if now - counted >= COUNT_EVERY_SECONDS:
                counted = now
                picture.stored = stored(client, TENANT)
                self._dead = refusals.ids()
                self._look()
            self._show(picture)
            if not at_work and not left and self._all_answered():
                left = True
                for name in self._learners:
                    self._send(sender, Left(name))
                sender.flush(GRACE_SECONDS)
            if left and self._all_stored() and self._found(client) and receipts.caught_up() and not receipts.pending():
                picture.stored = stored(client, TENANT)
                self._show(picture)
                return
            state = (len(self._received), picture.stored.messages, picture.stored.attempts, len(self._dead))
            if at_work or state != before:
                before, moved = state, now
            if now - moved > patience:
                return
            time.sleep(TICK_SECONDS)

    def _due(self, elapsed: float) -> list[Action]:
        return [action for learner in self._learners.values() for action in learner.act(elapsed)]

    def _send(self, sender: "Producer", action: Action) -> None:
        recorded = self._scribe.record(action, int(time.time() * MICROS))
        if recorded is None:
            return
        id_ = ""
        if recorded.topic in (MESSAGES, ATTEMPTS):
            sent = as_sent(recorded)
            self._sent.append(sent)
            id_ = sent.id
            if sent.kind == "message":
                self._messages.add(id_)
                self._picture.messages += 1
            else:
                self._picture.attempts += 1
        self._produce(sender, recorded, id_)

    def _produce(self, sender: "Producer", recorded: Recorded, id_: str) -> None:
        def delivered(error: "KafkaError | None", message: "Message") -> None:
            if error is not None:
                self._refused_by_broker.append(error.str())
            elif id_:
                self._places[message.topic() or "", message.partition() or 0, message.offset() or 0] = id_

        sender.produce(
            recorded.topic.name,
            encode(recorded.topic.event, recorded.event),
            recorded.key,
            headers=event_headers(recorded.topic, recorded.event, SOURCE),
            on_delivery=delivered,
        )

    def _hear(self, seen: Seen) -> None:
        self._picture.note(seen)
        learner = self._learners.get(seen.event.get("learner_id", ""))
        if learner is None:
            return
        if seen.topic == RESPONSES.name:
            if self._first_answer is None:
                self._first_answer = round(seen.at - self._began, 2)
            if learner.name == self._picture.spotlight.learner:
                self._example = seen.event["message_id"]
            learner.hear(reply_of(seen.event), self._picture.elapsed)
        elif seen.topic == PROFILES.name:
            suggestion = suggestion_of(seen.event)
            if suggestion is not None:
                learner.suggest(suggestion)

    def _all_answered(self) -> bool:
        refused = len(self._dead)
        return len(self._answered) + refused >= self._picture.messages

    def _all_stored(self) -> bool:
        """By the cheap counts, nothing is missing: worth asking the views for each id."""
        held, refused = self._picture.stored, len(self._dead)
        return held.responses + refused >= self._picture.messages and held.attempts + refused >= self._picture.attempts

    def _found(self, client: "Client") -> bool:
        attempts = {sent.id for sent in self._sent if sent.kind == "attempt"}
        answered = {row.message_id for row in rows.responses(client, [TENANT])} & self._answered
        return not (
            self._messages - answered - self._dead or attempts - set(rows.attempts(client, [TENANT])) - self._dead
        )

    def _judge(self, client: "Client") -> Outcome:
        verdict = check(
            Evidence(
                sent=self._sent,
                received=self._received,
                rows=rows.responses(client, [TENANT]),
                attempt_rows=rows.attempts(client, [TENANT]),
                dead_letters=self._dead,
            )
        )
        return Outcome(verdict, self._picture.messages, self._first_answer, self._example)
