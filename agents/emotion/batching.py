"""Gathers the texts of several learners into one model call when they are there."""

import asyncio
from collections.abc import Callable, Sequence

from agents.emotion.scorer import EmotionScores

Score = Callable[[Sequence[str]], list[EmotionScores]]


class MicroBatcher:
    """Awaitable scoring of single texts, several to a call.

    A text that finds the model idle waits at most `max_wait` seconds for company; texts that arrive while a call is
    under way are taken together by the next one. `max_batch` bounds a call. The call runs in a thread when
    `threaded`, else on the event loop. An exception of `score` reaches every caller of that batch.
    """

    def __init__(self, score: Score, max_batch: int = 32, max_wait: float = 0.001, threaded: bool = False) -> None:
        if max_batch < 1:
            raise ValueError("max_batch must be at least 1")
        self._score, self._max_batch = score, max_batch
        self._max_wait, self._threaded = max_wait, threaded
        self._waiting: list[tuple[str, asyncio.Future[EmotionScores]]] = []
        self._runner: asyncio.Task[None] | None = None
        self._full = asyncio.Event()

    async def score(self, text: str) -> EmotionScores:
        """The scores of `text`."""
        future: asyncio.Future[EmotionScores] = asyncio.get_running_loop().create_future()
        self._waiting.append((text, future))
        if len(self._waiting) >= self._max_batch:
            self._full.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        if len(self._waiting) < self._max_batch and self._max_wait > 0:
            self._full.clear()
            # wait_for would cost a task and a cancellation; a timer that sets the event costs neither.
            timer = asyncio.get_running_loop().call_later(self._max_wait, self._full.set)
            await self._full.wait()
            timer.cancel()
        while self._waiting:
            batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
            batch = [(text, future) for text, future in batch if not future.done()]
            texts = [text for text, _ in batch]
            if not texts:
                continue
            try:
                scores = await asyncio.to_thread(self._score, texts) if self._threaded else self._score(texts)
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, scores, strict=True):
                if not future.done():
                    future.set_result(result)
