"""Everything ClickHouse has on one message."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """The rows of one message. `profile` is the snapshot that the answer made, `before` the one before it."""

    message: Row | None
    response: Row | None
    interventions: tuple[Row, ...] = ()
    rewards: tuple[Row, ...] = ()
    profile: Row | None = None
    before: Row | None = None


def fetch(client: "Client", message_id: str) -> Story:
    """The story of the message, or of the message that the response `message_id` answers."""
    response = _one(client, "fact_responses", "message_id = {id:UUID} OR response_id = {id:UUID}", id=message_id)
    if response is None:
        return Story(_one(client, "fact_messages", "message_id = {id:UUID}", id=message_id), None)
    message_id = str(response["message_id"])
    tenant, learner = response["tenant_id"], response["learner_id"]
    theirs = "tenant_id = {tenant:String} AND learner_id = {learner:String} AND "
    who = {"tenant": tenant, "learner": learner}
    profile = _one(
        client,
        "fact_profiles",
        theirs + "caused_by IN ({event:String}, {response:String}, {message:String}) ORDER BY revision DESC",
        **who,
        event=str(response["event_id"]),
        response=str(response["response_id"]),
        message=message_id,
    )
    before = None
    if profile is not None:
        before = _one(
            client,
            "fact_profiles",
            theirs + "revision < {revision:Int64} ORDER BY revision DESC",
            **who,
            revision=profile["revision"],
        )
    by_message = theirs + "message_id = {message:UUID} ORDER BY sent_at"
    return Story(
        message=_one(client, "fact_messages", theirs + "message_id = {message:UUID}", **who, message=message_id),
        response=response,
        interventions=_all(client, "fact_interventions", by_message, **who, message=message_id),
        rewards=_all(client, "fact_rewards", by_message, **who, message=message_id),
        profile=profile,
        before=before,
    )


def _all(client: "Client", view: str, where: str, **parameters: Any) -> tuple[Row, ...]:
    found = client.query(f"SELECT * FROM {view} WHERE {where}", parameters=parameters)
    return tuple(found.named_results())


def _one(client: "Client", view: str, where: str, **parameters: Any) -> Row | None:
    rows = _all(client, view, f"{where} LIMIT 1", **parameters)
    return rows[0] if rows else None
