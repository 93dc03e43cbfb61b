"""The TutorResponse to a message, from what is known of it and who answered."""

from dataclasses import dataclass

from agents.routing.attempt import Reply
from agents.routing.cache.replies import Hit
from agents.routing.decision import Decision
from agents.routing.errand import Errand, response_id
from config.providers import Provider
from schemas import ids
from schemas.codec import Event


@dataclass(frozen=True, slots=True)
class Answer:
    """What the learner reads. `source` is the schema's; `provider` and `reply` are there for a provider's own."""

    text: str
    source: str
    provider: Provider | None = None
    reply: Reply | None = None
    hit: Hit | None = None


def response_event(
    errand: Errand,
    answer: Answer,
    *,
    turn: int,
    decision: Decision,
    ended: int,
    repeated: bool,
    fixed_label: str,
    missing: list[str],
) -> Event:
    """The event. `ended` is when the answer was there, microseconds, UTC; `fixed_label` names the fixed replies."""
    scored, provider, reply, hit = errand.scored, answer.provider, answer.reply, answer.hit
    prompt = errand.prompts.get(provider.name, errand.prompt) if provider else errand.prompt
    step = scored["next_step"]
    name = provider.name if provider else answer.source.lower()
    return {
        "event_id": ids.derived(scored["event_id"], "routing", "response"),
        "tenant_id": scored["tenant_id"],
        "learner_id": scored["learner_id"],
        "session_id": scored["session_id"],
        "course_id": scored["course_id"],
        # In the message's own time, so that a replay of old messages keeps replies beside them.
        "sent_at": scored["sent_at"] + max(0, ended - scored["appended_at"]),
        "message_id": scored["message_id"],
        "response_id": response_id(scored["message_id"]),
        "turn": turn,
        "text": answer.text,
        "message_text": scored["text"],
        "source": answer.source,
        "provider": name,
        "model": provider.model if provider else "",
        "template_version": prompt.template_version if provider or hit else fixed_label,
        "finish_reason": reply.finish_reason if reply else "stop",
        "prompt_tokens": reply.prompt_tokens if reply else 0,
        "completion_tokens": reply.completion_tokens if reply else 0,
        "cost_usd": provider.cost_usd(reply.prompt_tokens, reply.completion_tokens) if provider and reply else 0.0,
        "lost_usd": errand.lost_usd,
        "provider_ms": errand.provider_ms,
        "first_token_ms": reply.first_token * 1000 if reply else None,
        "tries": errand.tries,
        "repeated_call": repeated and errand.calls > 0,
        "appended_at": scored["appended_at"],
        "deadline_at": scored["deadline_at"],
        "task": scored["task"],
        "concepts": scored["concepts"],
        "item_id": step["item_id"] if step else None,
        "emotion": scored["emotion"],
        "plan": scored["plan"],
        "decision": decision.record(name),
        "prompt": list(prompt.considered) if provider else [],
        "prompt_budget": prompt.budget,
        "missing": missing,
        "cache": hit.record() if hit else None,
        "layer_weights": scored.get("layer_weights", {}),
    }
