"""The AsyncAPI document of the topics, made from `schemas/topics.py` and `schemas/*.avsc`."""

import json
from pathlib import Path
from typing import Any

from config.settings import Settings
from pipeline import admin
from schemas import catalogue, topics
from schemas.topics import Topic

DOCUMENT = Path(__file__).parent / "asyncapi.json"
AVRO = "application/vnd.apache.avro;version=1.11.1"
# Avro's single-object encoding, which the pipeline writes. Apps may also write Confluent's format, or JSON.
CONTENT = "application/avro"

KEYS = {
    "Aggregate": "kind/dimension/window_start",
    "Alert": "metric/dimension",
    "SharedStatistics": "kind/source_partition",
}
LEARNER_KEY = "tenant_id/learner_id"
IDENTITY = "123e4567-e89b-12d3-a456-4266141740"
MOMENT = 1_772_442_000_000_000

# What an example says where the schema's type alone would say nothing.
SAID: dict[str, Any] = {
    "tenant_id": "school",
    "learner_id": "ada",
    "course_id": "arithmetic",
    "concept_id": "fractions",
    "item_id": "fr-1",
    "text": "Why is 1/2 the same as 2/4?",
    "message_text": "Why is 1/2 the same as 2/4?",
    "language": "en",
    "correct": True,
    "provider": "groq",
    "dimension": "fractions",
    "window_s": 60,
    "source_partition": 3,
    "severity": "attention",
    "source": "emotion",
    "revision": 7,
}
OF_EVENT: dict[str, dict[str, Any]] = {
    "Aggregate": {"kind": "concept", "counts": {"attempts": 12, "correct": 9}, "final": True},
    "TutorResponse": {"text": "Both name the same share of a whole: 2/4 is 1/2 cut finer.", "source": "PROVIDER"},
    "Intervention": {"kind": "frustration_rising", "text": "Frustration is rising over three messages."},
    "Alert": {"metric": "errors", "dimension": "provider", "cause": ["groq"], "text": "Calls of groq fail more often."},
    "LearningEvent": {"kind": "concept_mastered"},
}


def document() -> dict[str, Any]:
    """The whole document."""
    plans = {plan.name: plan for plan in admin.plans(Settings.model_construct())}
    channels = {topic.name: _channel(topic, plans[topic.name]) for topic in topics.ALL}
    channels |= {topic.dlq: _dead_letters(topic, plans[topic.dlq]) for topic in topics.ALL}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "MasterX topics",
            "version": "1",
            "description": (
                "What apps write to Kafka and what the pipeline writes. Values are read in Avro's single-object"
                " encoding (written here), in Confluent's wire format, and as JSON in the form of the examples."
            ),
        },
        "defaultContentType": CONTENT,
        "channels": channels,
        "operations": {operation: made for topic in topics.ALL for operation, made in _operations(topic)},
        "components": {
            "messages": {**{topic.event: _message(topic.event) for topic in topics.ALL}, "DeadLetter": _dead_letter()},
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
        },
    }


def text() -> str:
    """The document as the file holds it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def example(event: str) -> dict[str, Any] | None:
    """An event of this schema in its JSON form; None where bytes are needed, which JSON can't say.

    What has a default is left out unless something is to be said.
    """
    schema = catalogue.declared(event)
    if any(field["type"] == "bytes" and "default" not in field for field in schema["fields"]):
        return None
    return dict(_Example(OF_EVENT.get(event, {})).record(schema))


def _channel(topic: Topic, plan: admin.Plan) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": catalogue.declared(topic.event)["doc"],
        "messages": {topic.event: {"$ref": f"#/components/messages/{topic.event}"}},
        "bindings": {"kafka": _topic_binding(plan)},
    }


def _dead_letters(topic: Topic, plan: admin.Plan) -> dict[str, Any]:
    return {
        "address": topic.dlq,
        "description": f"Records of {topic.name} that were refused: their bytes untouched, the reason in headers.",
        "messages": {"DeadLetter": {"$ref": "#/components/messages/DeadLetter"}},
        "bindings": {"kafka": _topic_binding(plan)},
    }


def _topic_binding(plan: admin.Plan) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": [plan.config["cleanup.policy"]]}
    if "retention.ms" in plan.config:
        configuration["retention.ms"] = int(plan.config["retention.ms"])
    return {
        "topic": plan.name,
        "partitions": plan.partitions,
        "replicas": plan.replication_factor,
        "topicConfiguration": configuration,
        "bindingVersion": "0.5.0",
    }


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """As the pipeline sees it: it receives what apps write, and sends the rest."""
    action = "receive" if topic.from_apps else "send"
    whom = "Apps and the gateway write it; the pipeline reads it." if topic.from_apps else "The pipeline writes it."
    place = _pointer(topic.name)
    operation = {
        "action": action,
        "channel": {"$ref": f"#/channels/{place}"},
        "summary": whom,
        "messages": [{"$ref": f"#/channels/{place}/messages/{topic.event}"}],
    }
    refused = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{_pointer(topic.dlq)}"},
        "summary": "Whoever refused the record writes it.",
        "messages": [{"$ref": f"#/channels/{_pointer(topic.dlq)}/messages/DeadLetter"}],
    }
    return [(f"{action}-{topic.name}", operation), (f"send-{topic.dlq}", refused)]


def _message(event: str) -> dict[str, Any]:
    schema = catalogue.declared(event)
    key, given = KEYS.get(event, LEARNER_KEY), example(event)
    return {
        "name": event,
        "summary": schema["doc"],
        "contentType": CONTENT,
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"schemaFormat": AVRO, "schema": schema},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
        **({"examples": [{"name": event, "payload": given}]} if given is not None else {}),
    }


def _headers() -> dict[str, Any]:
    meanings = {
        "ce_specversion": "Version of CloudEvents.",
        "ce_id": "The event's id.",
        "ce_type": "What kind of event it is.",
        "ce_source": "Who made it.",
        "ce_time": "When it happened, RFC 3339.",
        "content-type": "How the value is encoded.",
        "traceparent": "W3C trace context, carried from the first record to the last.",
    }
    return {"type": "object", "properties": _texts(meanings)}


def _dead_letter() -> dict[str, Any]:
    meanings = {
        "dlq_topic": "The topic that the record stood in.",
        "dlq_partition": "Its partition.",
        "dlq_offset": "Its offset.",
        "dlq_stage": "Who refused it.",
        "dlq_reason": "A word for programs.",
        "dlq_error": "A line for people.",
        "dlq_attempt": "How often it was tried.",
        "dlq_key": "The key that it had, where it is kept under the key of the learner whom it names.",
        "dlq_bytes": "Bytes of its value, where that is too large to be copied and left out.",
        "dlq_sha256": "Their SHA-256, hexadecimal.",
    }
    return {
        "name": "DeadLetter",
        "summary": "A refused record, byte for byte, or where it stands.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": _texts(meanings)},
        "payload": {"type": "string", "format": "binary"},
    }


def _texts(meanings: dict[str, str]) -> dict[str, Any]:
    return {name: {"type": "string", "description": meaning} for name, meaning in meanings.items()}


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


class _Example:
    """Values for a record's fields; ids are told apart by their last two digits."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = SAID | said
        self._ids = 0
        self._named: dict[str, Any] = {}

    def record(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            field["name"]: self._field(field)
            for field in schema["fields"]
            if "default" not in field or field["name"] in self._said
        }

    def _field(self, field: dict[str, Any]) -> Any:
        said = self._said.get(field["name"])
        return said if said is not None and _fits(said, field["type"]) else self._value(field["type"])

    def _value(self, kind: Any) -> Any:
        if isinstance(kind, list):
            # The branch with something in it says more than null does.
            return self._value(next((part for part in kind if part != "null"), "null"))
        if isinstance(kind, str):
            named = self._named.get(kind.rpartition(".")[2])
            plain = {"string": "", "boolean": False, "int": 1, "long": 1, "double": 0.5, "bytes": "", "null": None}
            return plain[kind] if named is None else self._value(named)
        if "name" in kind:
            self._named[kind["name"]] = kind
        if kind.get("logicalType") == "uuid":
            self._ids += 1
            return f"{IDENTITY}{self._ids:02d}"
        if kind.get("logicalType") == "timestamp-micros":
            return MOMENT
        made: dict[str, Any] = {
            "record": lambda: self.record(kind),
            "enum": lambda: kind["symbols"][0],
            "array": list,
            "map": dict,
        }
        return made[kind["type"]]() if kind["type"] in made else self._value(kind["type"])


def _fits(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return any(_fits(value, part) for part in kind)
    name = kind.get("type") if isinstance(kind, dict) else kind
    if name == "enum":
        return value in kind["symbols"]
    wanted: dict[Any, type] = {"string": str, "boolean": bool, "int": int, "long": int, "map": dict, "array": list}
    return name in wanted and isinstance(value, wanted[name]) and isinstance(value, bool) == (name == "boolean")
