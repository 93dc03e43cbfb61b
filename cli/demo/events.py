"""What the class does as events, and what comes back as the class notices it."""

import uuid

from cli.demo.school.actions import Action, Came, Judged, Left, Reply, Suggestion, Tried, Wrote
from cli.replay.recorded import Recorded
from schemas.codec import Event
from schemas.ids import derived
from schemas.topics import ATTEMPTS, FEEDBACK, MESSAGES, SIGNALS, Topic

TENANT = "demo"
COURSE = "school-mathematics"
OFFLINE_SOURCES = ("OFFLINE", "SAFE")


class Scribe:
    """Gives actions their ids. `run` sets this run's ids apart from another's with the same class."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._number = 0
        self._last_message: dict[str, str] = {}

    def record(self, action: Action, sent_at: int) -> Recorded | None:
        """The event of `action`, `sent_at` microseconds; None for a judgement of nothing."""
        self._number += 1
        event: Event = {
            "event_id": derived(self._run, "demo", str(self._number)),
            "tenant_id": TENANT,
            "learner_id": action.learner,
            "session_id": self._session(action.learner),
            "course_id": COURSE,
            "sent_at": sent_at,
        }
        topic, more = self._particulars(action, event["event_id"])
        return None if topic is None else Recorded(topic, {**event, **more})

    def _session(self, learner: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._run}/{learner}"))

    def _particulars(self, action: Action, id_: str) -> tuple[Topic | None, Event]:
        last = self._last_message.get(action.learner)
        match action:
            case Wrote():
                self._last_message[action.learner] = id_
                return MESSAGES, {
                    "message_id": id_,
                    "text": action.text,
                    "language": None,
                    "concepts": [action.concept_id],
                }
            case Tried():
                return ATTEMPTS, {
                    "message_id": last,
                    "concept_id": action.concept_id,
                    "item_id": action.item_id,
                    "correct": action.correct,
                    "duration_ms": round(action.seconds * 1000),
                    "hints_used": action.hints_used,
                    "answer": action.answer,
                }
            case Judged():
                return (FEEDBACK if last else None), {
                    "message_id": last,
                    "kind": action.kind,
                    "rating": None,
                    "comment": None,
                }
            case Came() | Left():
                kind = "SESSION_OPENED" if isinstance(action, Came) else "SESSION_CLOSED"
                return SIGNALS, {"message_id": None, "kind": kind}


def reply_of(response: Event) -> Reply:
    """A TutorResponse as the learner notices it."""
    plan = response["plan"]
    return Reply(
        text=response["text"],
        concepts=tuple(response["concepts"]),
        tone=plan["tone"],
        acknowledge=plan["acknowledge"],
        smaller_steps=plan["smaller_steps"],
        challenge=plan["challenge"],
        by_tutor=response["source"] not in OFFLINE_SOURCES,
    )


def suggestion_of(profile: Event) -> Suggestion | None:
    """The next step of a LearnerProfile; None where it has none."""
    step = profile["next_step"]
    if not step or not step["concept_id"]:
        return None
    return Suggestion(step["kind"], step["concept_id"], step["item_id"])
