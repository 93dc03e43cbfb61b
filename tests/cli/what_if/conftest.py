"""A small class on real parts: a core and a routing worker, two providers between which a bandit chooses."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cli.replay.pace import Speed
from cli.replay.recorded import Recorded
from cli.replay.send import send
from cli.stack import settings_for
from cli.what_if.changes import unchanged
from cli.what_if.program import Program
from cli.what_if.recording import Recording, fetch
from cli.what_if.run import Replay, Replayed
from cli.what_if.schedule import schedule
from cli.what_if.stages.context import load_encoder
from cli.what_if.stages.routing import Ask
from cli.workers import Workers
from config.settings import Settings
from local.stack import Stack
from schemas.codec import Event
from schemas.topics import ATTEMPTS, FEEDBACK, MESSAGES, SIGNALS, Topic

LEARNERS, ROUNDS = 4, 5
TEXTS = (
    "How do I add a half and a third?",
    "I don't get it, this makes no sense to me",
    "ugh, I am so frustrated, I tried this three times already",
    "ok so is it 5/6 then?",
    "great, now I understand it, thank you!",
)
PROVIDERS = """
prices_as_of: "2026-11-01"
policy: bandit
providers:
  - &one
    name: alpha
    model: openai/alpha
    client: http
    key_required: false
    api_base_env: MASTERX_LOCAL_PROVIDER_URL
    context_tokens: 8192
    price: {input: 1, output: 2}
    strengths: {explain: 0.5, practise: 0.5, check: 0.5, support: 0.5, plan: 0.5, smalltalk: 0.5}
  - {<<: *one, name: beta, model: openai/beta, price: {input: 3, output: 4}}
"""


@dataclass(frozen=True)
class Live:
    """What ran: the tenant, the variables of the commands, and what the topics hold of it."""

    tenant: str
    variables: dict[str, str]
    settings: Settings
    recording: Recording

    def replayed(self, program: Program, before: Replayed | None = None, ask: Ask | None = None) -> Replayed:
        """The recording through `program`."""
        given = before.given() if before is not None else None
        return Replay(self.recording, schedule(self.recording), program, load_encoder(), given, ask=ask).run()

    @property
    def program(self) -> Program:
        """What the workers ran with."""
        return unchanged(self.settings, {"alpha": "openai/alpha", "beta": "openai/beta"})


@pytest.fixture(scope="module")
def live(stack: Stack, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    place = tmp_path_factory.mktemp("what-if")
    (place / "providers.yaml").write_text(PROVIDERS)
    tenant = f"what-if-{uuid.uuid4().hex[:8]}"
    variables = {
        **services,
        "MASTERX_LOCAL_PROVIDER_URL": stack.provider.base_url,
        "MASTERX_PROVIDERS_FILE": str(place / "providers.yaml"),
        # So that partitions hear of each other while the class is at work.
        "MASTERX_SHARED_SECONDS": "0.5",
    }
    chosen = settings_for(variables)
    with Workers(place / "workers", variables, {"core": 1, "routing": 1}):
        yield Live(tenant, variables, chosen, _teach(chosen, tenant))


def _teach(settings: Settings, tenant: str) -> Recording:
    """Each learner writes and tries something in each round, and at last leaves."""
    prefix = f"{tenant}/".encode()
    sent = 0
    recording = Recording()
    for round_ in range(ROUNDS + 1):
        events = [one for number in range(LEARNERS) for one in _round(tenant, number, round_)]
        send(settings, events, Speed(), {})
        sent += len(events)
        recording = _wait(settings, prefix, sent, LEARNERS * min(round_ + 1, ROUNDS))
    return recording


def _wait(settings: Settings, prefix: bytes, inputs: int, messages: int) -> Recording:
    """Until everything sent has its profile."""
    deadline = time.monotonic() + 120
    while True:
        found = fetch(settings, None, lambda key: key.startswith(prefix))
        profiles = sum(kept.key.startswith(prefix) for kept in found.profiles)
        # Each message's response is an input of the profile too, the message itself is none.
        if len(found.whole()) == messages and profiles >= inputs:
            return found
        assert time.monotonic() < deadline, (len(found.whole()), messages, profiles, inputs)
        time.sleep(0.2)


def _round(tenant: str, number: int, round_: int) -> Iterator[Recorded]:
    def event(topic: Topic, **more: object) -> Recorded:
        id_ = str(uuid.uuid4())
        common: Event = {
            "event_id": id_,
            "tenant_id": tenant,
            "learner_id": f"learner-{number}",
            "session_id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant}/{number}")),
            "course_id": None,
            "sent_at": time.time_ns() // 1000,
            "message_id": None,
        }
        return Recorded(topic, {**common, **more})

    if round_ == ROUNDS:
        yield event(SIGNALS, kind="SESSION_CLOSED")
        return
    message_id = str(uuid.uuid4())
    text = TEXTS[(round_ + number) % len(TEXTS)]
    yield event(MESSAGES, message_id=message_id, text=text, language=None, concepts=["adding-fractions"])
    yield event(
        ATTEMPTS,
        concept_id=("adding-fractions", "fractions")[number % 2],
        item_id=f"item-{round_}",
        correct=(round_ + number) % 3 != 0,
        duration_ms=4000 + 700 * round_ + 100 * number,
        hints_used=number % 2,
        answer=None,
    )
    if number == 0:
        yield event(FEEDBACK, message_id=message_id, kind="HELPFUL", rating=None, comment=None)
