"""Questions to ClickHouse's views, always about one tenant."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from config.clickhouse import tls_context, unverified
from config.settings import Settings
from gateway.frames import STAFF_ONLY
from gateway.refusal import Refusal, later

SECONDS = 10.0
MOST_AT_ONCE = 16
MOST_SAID, MOST_LINES = 300, 20
Row = dict[str, Any]

log = logging.getLogger(__name__)

THEIRS = "tenant_id = {tenant:String} AND learner_id = {learner:String}"
PROFILE = (
    "SELECT learner_id, revision, sent_at, messages, attempts, correct, ability, ability_uncertainty, concepts, traits,"
    f" predictions, emotion_baseline, next_step FROM dim_learners WHERE {THEIRS}"
)
RESPONSE = (
    "SELECT learner_id, session_id, course_id, sent_at, message_id, response_id, turn, text, message_text, source,"
    " provider, model, template_version, finish_reason, prompt_tokens, completion_tokens, cost_usd, provider_ms,"
    " first_token_ms, latency_ms, tries, repeated_call, task, concepts, item_id, emotion, plan, decision_policy,"
    " decision_features, decision_candidates, decision_propensity, prompt, prompt_budget, missing"
    " FROM fact_responses WHERE tenant_id = {tenant:String} AND (message_id = {id:UUID} OR response_id = {id:UUID})"
)
INTERVENTIONS = (
    "SELECT sent_at, kind, source, severity, text, evidence FROM fact_interventions"
    f" WHERE {THEIRS} AND message_id = {{id:UUID}} ORDER BY sent_at"
)
REWARDS = (
    "SELECT value, components, closed_by, elapsed_s FROM fact_rewards"
    f" WHERE {THEIRS} AND message_id = {{id:UUID}} ORDER BY sent_at"
)


class Warehouse:
    """Asks over HTTP. Times come back as ISO 8601."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.clickhouse_url
        self._database = settings.clickhouse_database
        self._headers = {
            "X-ClickHouse-User": settings.clickhouse_user,
            "X-ClickHouse-Key": settings.clickhouse_password.get_secret_value(),
        }
        self._tls = tls_context(settings)
        self._session: aiohttp.ClientSession | None = None
        self._said: set[str] = set()

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def ping(self) -> None:
        """Raises `aiohttp.ClientError` or `TimeoutError` where ClickHouse does not answer."""
        async with self._open().get(f"{self._url}/ping") as answer:
            answer.raise_for_status()

    async def rows(self, sql: str, **parameters: str) -> list[Row]:
        """The rows that `sql` gives with `{name:Type}` parameters. Raises `Refusal` (503)."""
        query: Mapping[str, str] = {
            "database": self._database,
            "default_format": "JSONEachRow",
            "output_format_json_quote_64bit_integers": "0",
            "output_format_json_named_tuples_as_objects": "1",
            "date_time_output_format": "iso",
            **{f"param_{name}": _escaped(value) for name, value in parameters.items()},
        }
        try:
            async with self._open().post(self._url, params=query, data=sql.encode(), headers=self._headers) as answer:
                body = await answer.read()
                if answer.status != 200:
                    self._say(f"ClickHouse at {self._url} says no: {' '.join(body.decode(errors='replace').split())}")
                    raise later("clickhouse", "the figures can't be read now", 5)
        except (aiohttp.ClientError, TimeoutError) as error:
            if isinstance(error, aiohttp.ClientConnectorCertificateError):
                self._say(unverified(self._url))
            raise later("clickhouse_away", "ClickHouse does not answer; the figures can't be read now", 5) from error
        return [orjson.loads(line) for line in body.splitlines()]

    async def profile(self, tenant: str, learner: str) -> Row:
        """What is known of the learner now. Raises `Refusal`."""
        found = await self.rows(PROFILE, tenant=tenant, learner=learner)
        if not found:
            raise Refusal(404, "not_found", "nothing is known of this learner yet")
        return {**found[0], "next_step": _json(found[0]["next_step"])}

    async def why(self, tenant: str, learner: str | None, identity: str) -> Row:
        """Why a message was answered as it was: for `learner`, of theirs and without what only staff see; None: staff.

        Raises `Refusal`.
        """
        theirs = "" if learner is None else " AND learner_id = {learner:String}"
        who = {} if learner is None else {"learner": learner}
        found = await self.rows(f"{RESPONSE}{theirs} LIMIT 1", tenant=tenant, id=identity, **who)
        if not found:
            raise Refusal(404, "not_found", "no such answer is stored here (yet): ask again in a few seconds")
        response = found[0]
        about = {"tenant": tenant, "learner": response["learner_id"], "id": response["message_id"]}
        interventions = await self.rows(INTERVENTIONS, **about)
        if learner is not None:
            interventions = [each for each in interventions if each["kind"] not in STAFF_ONLY]
        return {
            **response,
            "emotion": _json(response["emotion"]),
            "plan": _json(response["plan"]),
            "interventions": interventions,
            "rewards": await self.rows(REWARDS, **about),
        }

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(limit=MOST_AT_ONCE, ssl=self._tls if self._tls is not None else True)

    def _say(self, line: str) -> None:
        """Once of each kind, for whoever runs this: those who ask are only told to come again."""
        if line[:MOST_SAID] not in self._said and len(self._said) < MOST_LINES:
            self._said.add(line[:MOST_SAID])
            log.warning("%s", line[:MOST_SAID])

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=SECONDS), connector=self._connector()
            )
        return self._session


def _escaped(value: str) -> str:
    """A parameter's value as ClickHouse takes it: in its tab-separated form."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _json(text: str) -> Any:
    return orjson.loads(text) if text else None
