"""One process of `make bench-routing`: one way to call a provider, so many calls at once, its CPU and first tokens.

`python -m benchmarks.routing.contenders NAME --url URL --in-flight N --calls N` prints one JSON line.
"""

import argparse
import asyncio
import gc
import json
import statistics
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson
import uvloop
from pydantic import SecretStr

from agents.routing.ledger import ConversationState
from agents.routing.providers.factory import client_for
from agents.routing.providers.litellm_client import load_litellm
from agents.routing.router import Router
from config.prompts import fixed_replies, tutor_template
from config.providers import ClientKind, Limits, Price, Provider, Timeouts
from pipeline.worker import GARBAGE_THRESHOLDS

TEXT = "Why is the sample variance divided by n - 1 and not by n?"
MESSAGES = [{"role": "system", "content": "You are a patient tutor."}, {"role": "user", "content": TEXT}]
MODEL = "bench"
MOST_TOKENS = 256
DEADLINE_MICROS = 600_000_000

# Makes one call, and gives the seconds to its first token.
OneCall = Callable[[], Awaitable[float]]
Closing = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    return None


def bare_http(url: str) -> tuple[OneCall, Closing]:
    """A POST whose body is read and thrown away: what the transport alone costs."""
    body = orjson.dumps({"model": MODEL, "messages": MESSAGES, "max_tokens": MOST_TOKENS, "stream": True})
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None))

    async def call() -> float:
        start = time.perf_counter()
        first = 0.0
        async with session.post(url + "/chat/completions", data=body) as response:
            response.raise_for_status()
            async for _ in response.content.iter_any():
                first = first or time.perf_counter() - start
        return first

    return call, session.close


def _stream_of(acompletion: Callable[..., Awaitable[Any]], **asked: Any) -> OneCall:
    async def call() -> float:
        start = time.perf_counter()
        first = 0.0
        async for part in await acompletion(messages=MESSAGES, max_tokens=MOST_TOKENS, stream=True, **asked):
            if not first and part.choices and part.choices[0].delta.content:
                first = time.perf_counter() - start
        return first

    return call


def litellm_acompletion(url: str) -> tuple[OneCall, Closing]:
    """`litellm.acompletion`, nothing around it."""
    litellm = load_litellm()
    call = _stream_of(
        litellm.acompletion, model=f"openai/{MODEL}", api_base=url, api_key="none", timeout=600, max_retries=0
    )
    return call, _nothing


def litellm_router(url: str) -> tuple[OneCall, Closing]:
    """litellm's own Router with this one deployment."""
    litellm = load_litellm()
    declared = {
        "model_name": MODEL,
        "litellm_params": {"model": f"openai/{MODEL}", "api_base": url, "api_key": "none", "timeout": 600},
    }
    router = litellm.Router(model_list=[declared], num_retries=0)
    return _stream_of(router.acompletion, model=MODEL), _nothing


def _ours(url: str, client: ClientKind) -> tuple[OneCall, Closing]:
    provider = Provider(
        name="bench",
        model=f"openai/{MODEL}",
        client=client,
        key=SecretStr(""),
        api_base=url,
        user="none",
        region="local",
        context_tokens=8192,
        max_output_tokens=MOST_TOKENS,
        price=Price(input=0, output=0),
        limits=Limits(concurrent=100_000),
        timeouts=Timeouts(first_token=300, between_tokens=300, total=600),
        strengths={},
        prices_as_of="2026-11-01",
    )
    router = Router([provider], {"bench": client_for(provider)}, tutor_template(), fixed_replies())
    fresh = ConversationState()

    def now_micros() -> int:
        return time.time_ns() // 1000

    async def call() -> float:
        start = time.perf_counter()
        first = 0.0

        def on_token(response_id: str, attempt: int, sequence: int, text: str) -> None:
            nonlocal first
            first = first or time.perf_counter() - start

        response, _ = await router.answer(scored(now_micros()), fresh, now_micros, repeated=False, on_token=on_token)
        if response["source"] != "PROVIDER":
            raise RuntimeError(f"not answered by the provider: {response['tries']}")
        return first

    return call, router.close


def scored(now: int, deadline_micros: int = DEADLINE_MICROS) -> dict[str, Any]:
    """A ScoredMessage appended at `now` with that long to answer it."""
    emotion = {"model": "off", "emotions": {}, "valence": 0.0, "arousal": 0.0, "dominance": 0.0, "states": {}}
    emotion |= {"confidence": 0.0, "cant_tell": True, "crisis": False, "baseline": {}, "trend": {}}
    plan = {"tone": "warm", "pace": "same", "acknowledge": True, "smaller_steps": False, "suggest_break": False}
    piece = {"layer": "profile", "role": "system", "value": 0.5, "turn": None, "reason": "summary"}
    return {
        "event_id": str(uuid.uuid4()),
        "tenant_id": "bench",
        "learner_id": "one",
        "session_id": None,
        "course_id": None,
        "sent_at": now,
        "message_id": str(uuid.uuid4()),
        "text": TEXT,
        "language": "en",
        "appended_at": now,
        "deadline_at": now + deadline_micros,
        "task": "explain",
        "concepts": ["variance"],
        "pieces": [
            {**piece, "piece_id": f"profile:{n}", "text": "Knows the mean. " * 6, "tokens": 34} for n in range(4)
        ],
        "text_tokens": 22,
        "token_budget": 1500,
        "turns_through": 0,
        "mastery": {"variance": 0.4},
        "next_step": None,
        "missing": [],
        "emotion": {**emotion, "spell": None, "spell_messages": 0},
        "plan": {**plan, "challenge": False, "reasons": [], "encouragement": None},
    }


def ours_http(url: str) -> tuple[OneCall, Closing]:
    """The router of this project over its own HTTP client."""
    return _ours(url, "http")


def ours_litellm(url: str) -> tuple[OneCall, Closing]:
    """The router of this project over litellm."""
    return _ours(url, "litellm")


CONTENDERS = {
    "http": bare_http,
    "ours": ours_http,
    "ours_over_litellm": ours_litellm,
    "litellm_acompletion": litellm_acompletion,
    "litellm_router": litellm_router,
}


async def measure(name: str, url: str, in_flight: int, calls: int) -> dict[str, float]:
    """CPU of this process per call, and the seconds to the first token, after a few calls to warm up."""
    call, close = CONTENDERS[name](url)
    await asyncio.gather(*(call() for _ in range(min(4, in_flight))))
    left = calls
    firsts: list[float] = []

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            firsts.append(await call())

    cpu, start = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - start
    await close()
    return {
        "cpu_ms_per_call": 1000 * cpu / calls,
        "ttft_ms_p50": 1000 * statistics.median(firsts),
        "ttft_ms_p99": 1000 * statistics.quantiles(firsts, n=100)[98],
        "wall_s": wall,
    }


def main() -> int:
    """Measure one contender."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing.contenders")
    parser.add_argument("name", choices=sorted(CONTENDERS))
    parser.add_argument("--url", required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    options = parser.parse_args()
    # As a worker of the pipeline has them, for every contender alike.
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    print(json.dumps(uvloop.run(measure(options.name, options.url, options.in_flight, options.calls))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
