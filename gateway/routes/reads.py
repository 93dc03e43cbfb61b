"""What is asked of ClickHouse: a learner's profile, reviews, predictions and history, why an answer, what comes."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.ahead import ahead
from gateway.history import history
from gateway.json import json_response
from gateway.routes.common import parts_of, principal_of, uuid_of


async def profile(request: Request) -> Response:
    """What the tutor knows about the learner now."""
    return json_response(await _profile(request))


async def reviews(request: Request) -> Response:
    """The learner's concepts by when they are to be reviewed, the most urgent first; `due` says whether it is time."""
    found = await _profile(request)
    now = datetime.now(UTC)
    planned = [
        {**concept, "due": _moment(concept["due_at"]) <= now} for concept in found["concepts"] if concept["due_at"]
    ]
    return json_response(
        {
            "learner_id": found["learner_id"],
            "as_of": found["sent_at"],
            "reviews": sorted(planned, key=lambda concept: str(concept["due_at"])),
        }
    )


async def predictions(request: Request) -> Response:
    """What is predicted of the learner, each with its model and uncertainty."""
    found = await _profile(request)
    return json_response(
        {
            "learner_id": found["learner_id"],
            "as_of": found["sent_at"],
            "predictions": found["predictions"],
            "next_step": found["next_step"],
        }
    )


async def why(request: Request) -> Response:
    """What led to an answer: context, scores, choice, and what followed. The id is a message's or a response's."""
    principal = await principal_of(request)
    identity = uuid_of(request.path_params["id"], "the id")
    learner = None if principal.is_staff else principal.learner
    return json_response(await parts_of(request).warehouse.why(principal.tenant, learner, identity))


async def learner_history(request: Request) -> Response:
    """The learner's way so far: attempts with what was expected of them, what was mastered, the last replies."""
    principal = await principal_of(request)
    learner = principal.learner_asked_for(request.path_params["learner"])
    return json_response(await history(parts_of(request).warehouse, principal.tenant, learner))


async def look_ahead(request: Request) -> Response:
    """For staff: learners at risk, mastery, reviews and anomalies of their tenant."""
    principal = await principal_of(request)
    principal.require_staff()
    return json_response(await ahead(parts_of(request).warehouse, principal.tenant))


async def _profile(request: Request) -> dict[str, Any]:
    principal = await principal_of(request)
    learner = principal.learner_asked_for(request.path_params["learner"])
    return await parts_of(request).warehouse.profile(principal.tenant, learner)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
