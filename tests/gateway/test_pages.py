"""The pages in a real browser: write, see tokens, cut the network, ask why, watch the dashboard move."""

import asyncio
import os
from pathlib import Path

import pytest

from local.stack import Stack
from tests.gateway.browser import Page, find_browser, page
from tests.gateway.client import Client
from tests.gateway.test_whole import eventually

BROWSER = find_browser()
SCREENS = os.environ.get("MASTERX_SCREENS", "")
pytestmark = [
    pytest.mark.kafka,
    pytest.mark.stack,
    pytest.mark.timeout(300),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium here (apt install chromium): the pages are NOT tested"),
]
THEIRS = "document.querySelectorAll('#talk li.theirs').length"
ENTRY_HIDDEN = "document.getElementById('enter').offsetParent === null"
WIDE = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


async def kept(tab: Page, name: str) -> None:
    if SCREENS:
        await tab.picture(Path(SCREENS) / f"{name}.png")


async def test_chat_explanation_and_dashboard(client: Client, own_stack: Stack, tmp_path: Path) -> None:
    assert BROWSER is not None
    # Slow enough for the browser to see that a reply grows; a quick one arrives whole, together with the final frame.
    own_stack.provider.control(mode="slow-stream", token_delay=0.1)
    address = f"http://{client.gateway.address}"
    async with page(BROWSER, tmp_path / "browser") as tab:
        await tab.open(f"{address}/chat#token={client.gateway.token('zoe')}", width=420, height=760)
        await tab.until("document.getElementById('state').textContent === 'connected'")
        # The token does not stay where it could be copied or logged.
        assert "token" not in await tab.run("location.href")
        await tab.run(
            "window.steps = new Set(); new MutationObserver(() => { const item = "
            "document.querySelector('#talk li.coming'); if (item && item.textContent) steps.add(item.textContent); })"
            ".observe(document.getElementById('talk'), {childList: true, subtree: true, characterData: true})"
        )
        await tab.write("Why is 1/2 the same as 2/4?")
        await tab.until(f"{THEIRS} === 1")
        assert await tab.run("steps.size") >= 2, "nothing of the reply came ahead of it"
        own_stack.provider.control()
        assert await tab.run(WIDE), "the page is wider than a phone"
        assert await tab.run(ENTRY_HIDDEN), "the form for a token is shown though there is one"
        await kept(tab, "chat")

        # Cut: what is answered meanwhile comes afterwards, once.
        await tab.offline(True)
        await asyncio.to_thread(client.say, "zoe", "And 3/6?")
        await asyncio.sleep(3)
        await tab.offline(False)
        await tab.write("What about 4/8?")
        await tab.until(f"{THEIRS} >= 2")
        texts = await tab.run("[...document.querySelectorAll('#talk li.theirs')].map((item) => item.textContent)")
        assert len(texts) == len(set(texts))

        await tab.run("document.querySelector('#talk li.theirs a').click()")
        await tab.until("document.body.innerText.includes('Who answered')")
        assert "Why is 1/2 the same as 2/4?" in await tab.run("document.getElementById('story').innerText")
        await kept(tab, "why")

        staff = client.gateway.token(None, role="staff")
        await tab.open(f"{address}/dashboard#token={staff}", dark=True)
        before = await tab.until("Number((document.getElementById('flow').innerText.match(/(\\d+) in five/) || [])[1])")
        await asyncio.to_thread(client.say, "zoe", "Is it moving?")
        await tab.until(
            f"Number((document.getElementById('flow').innerText.match(/(\\d+) in five/) || [])[1]) > {before}"
        )
        await tab.until("document.getElementById('providers').innerText.includes('local')")
        body = {"concept_id": "hexagons", "item_id": "i-1", "correct": True}
        assert (await asyncio.to_thread(client.post, "zoe", "/v1/attempts", body)).status_code == 202
        await tab.until("document.getElementById('aggregates').innerText.includes('hexagons')")
        widths = "[...document.querySelectorAll('.rate svg')].map((bar) => bar.style.width)"
        assert all(await tab.run(widths))
        assert await tab.run(ENTRY_HIDDEN)
        await kept(tab, "dashboard")
        await tab.open(f"{address}/dashboard", width=380, height=800)
        await tab.until("document.getElementById('flow').innerText.length > 0")
        assert await tab.run(WIDE), "the dashboard is wider than a phone"
        # Every control can be named by a screen reader, every picture has a text.
        assert await tab.run(
            "[...document.querySelectorAll('svg')].every((svg) => svg.getAttribute('aria-label')) && "
            "[...document.querySelectorAll('input, textarea')].every((field) => field.labels.length)"
        )
        assert tab.problems == []


async def test_ahead_and_learner(client: Client, tmp_path: Path) -> None:
    assert BROWSER is not None
    taken = await asyncio.to_thread(client.say, "uma", "How do I add fractions?")
    for number in range(8):
        body = {"concept_id": ("fractions", "primes")[number % 2], "item_id": f"i-{number}", "correct": number > 5}
        answer = await asyncio.to_thread(client.post, "uma", "/v1/attempts", body)
        assert answer.status_code == 202
    staff = client.gateway.token(None, role="staff")
    address = f"http://{client.gateway.address}"
    await asyncio.to_thread(
        eventually, client, "uma", "/v1/learners/uma/history",
        lambda body: len(body["knowledge"]) == 8 and body["replies"],
    )  # fmt: skip
    await asyncio.to_thread(
        eventually,
        client,
        "uma",
        "/v1/learners/uma/profile",
        lambda body: (body["attempts"], body["messages"]) == (8, 1),
    )
    async with page(BROWSER, tmp_path / "browser") as tab:
        await tab.open(f"{address}/ahead#token={staff}")
        await tab.until("document.getElementById('risks').innerText.includes('uma')")
        assert "2 of 8" not in await tab.run("document.getElementById('risks').innerText")
        assert "25 % of 8 answers right" in await tab.run("document.getElementById('risks').innerText")
        assert "fractions" in await tab.run("document.getElementById('mastery').innerText")
        await kept(tab, "ahead")
        await tab.run("[...document.querySelectorAll('#risks a')].find((link) => link.textContent === 'uma').click()")
        await tab.until("document.getElementById('traits').innerText.length > 0")
        assert await tab.run("document.querySelector('h1').textContent") == "Learner uma"
        assert await tab.run("document.querySelectorAll('#over polyline.line').length") == 4, "two lines and their keys"
        assert "3 of 4" not in await tab.run("document.getElementById('concepts').innerText")
        assert "How do I add fractions?" in await tab.run("document.getElementById('replies').innerText")
        await kept(tab, "learner")
        assert await tab.run(f"document.querySelector('#replies a').href.endsWith('{taken['message_id']}')")

        # Their own page, on a phone, by their own token; and nobody else's.
        await tab.open(f"{address}/learner#token={client.gateway.token('uma')}", width=380, height=800, dark=True)
        await tab.until("document.getElementById('next').innerText.includes('2 of 8')")
        assert await tab.run(WIDE), "the page is wider than a phone"
        await tab.open(f"{address}/learner?id=zoe")
        await tab.until("document.getElementById('state').textContent.includes('that learner alone')")
        assert await tab.run("document.getElementById('board').offsetParent === null")
        await tab.open(f"{address}/ahead", width=380, height=800)
        await tab.until("document.getElementById('state').textContent === 'this is for staff'")
        assert await tab.run(WIDE)
        assert tab.problems == []
