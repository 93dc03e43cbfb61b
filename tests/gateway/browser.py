"""Headless Chromium, driven over its own debugging protocol."""

import asyncio
import base64
import itertools
import json
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 40.0
# What is answered where the document that was asked has been replaced meanwhile.
LEFT = (
    "Inspected target navigated",
    "context was destroyed",
    "Cannot find context",
    "Cannot find default execution context",
    "Promise was collected",
)


def find_browser() -> str | None:
    """The browser of this machine; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class GoneError(Exception):
    """The document that a script was given to was replaced before it answered."""


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.problems: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command; its result."""
        number = next(self._numbers)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    said = f"{method}: {answer['error'].get('message')}"
                    raise GoneError(said) if any(part in said for part in LEFT) else RuntimeError(said)
                result: dict[str, Any] = answer["result"]
                return result
            if answer.get("method") in ("Runtime.exceptionThrown", "Security.securityStateChanged"):
                self.problems.append(json.dumps(answer["params"])[:300])
            entry = answer.get("params", {}).get("entry", {})
            if entry.get("level") == "error" and entry.get("source") in ("security", "javascript"):
                self.problems.append(entry["text"])

    async def run(self, script: str) -> Any:
        """The value of a script."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, script: str) -> Any:
        """The script's value once it is true. While a page loads there may be nothing that it could be asked of."""
        end = time.monotonic() + PATIENCE
        asked = f"(() => {{ try {{ return {script} }} catch {{ return null }} }})()"
        while not (value := await self._asked(asked)):
            assert time.monotonic() < end, f"not within {PATIENCE:.0f} s: {script}\n{await self._asked(BODY)}"
            await asyncio.sleep(0.05)
        return value

    async def _asked(self, script: str) -> Any:
        """The script's value; None where the page was left while it was asked."""
        try:
            return await self.run(script)
        except GoneError:
            return None

    async def open(self, address: str, *, width: int = 1100, height: int = 800, dark: bool = False) -> None:
        """Load a page at that size, in that scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call("Page.navigate", url=address)
        await self.until("document.readyState === 'complete'")

    async def write(self, text: str) -> None:
        """Type into what has the focus, and press Enter."""
        await self.call("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13)

    async def offline(self, yes: bool) -> None:
        """Cut the network, or mend it."""
        await self.call(
            "Network.emulateNetworkConditions", offline=yes, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )

    async def picture(self, place: Path) -> None:
        """Keep what is seen as a PNG file."""
        found = await self.call("Page.captureScreenshot", format="png")
        await asyncio.to_thread(place.write_bytes, base64.b64decode(found["data"]))


BODY = "document.body?.innerText.slice(0, 500)"


@asynccontextmanager
async def page(browser: str, directory: Path) -> AsyncIterator[Page]:
    """A tab of a browser that keeps its data in `directory`."""
    command = [
        browser,
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={directory}",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        # In a container the user is root, and there the sandbox does not start.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "about:blank",
    ]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    try:
        told = directory / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while not told.exists() or len(told.read_text().split()) < 2:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        port, path = told.read_text().split()
        async with connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None) as whole:
            targets = Page(whole)
            (target,) = [
                found["targetId"]
                for found in (await targets.call("Target.getTargets"))["targetInfos"]
                if found["type"] == "page"
            ]
            address = f"ws://127.0.0.1:{port}/devtools/page/{target}"
            async with connect(address, max_size=None, proxy=None) as socket:
                tab = Page(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    await tab.call(f"{domain}.enable")
                yield tab
    finally:
        process.terminate()
        await process.wait()
