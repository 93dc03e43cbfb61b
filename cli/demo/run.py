"""The whole demo, from nothing running to the table at the end."""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cli.demo import advice
from cli.demo.closing import closing, next_steps, problems
from cli.demo.drive import Drive, Outcome
from cli.demo.events import TENANT
from cli.demo.result import read_back
from cli.demo.school.roster import make_class
from cli.demo.seen.picture import Picture
from cli.demo.seen.spotlight import Spotlight
from cli.demo.startup import Startup
from cli.demo.view import screen, show
from cli.exits import BAD_RESULT, BAD_SETTING, CANNOT_CREATE, OK, Failure
from cli.screen import note, out

if TYPE_CHECKING:
    from config.settings import Settings

KEPT = Path(".masterx/demo")
# A class that costs money is small.
LEARNERS, LEARNERS_WITH_KEY = 30, 8
SPOTLIGHT_ON = "impatient"
NARROW = 80
LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; see `cli.demo.command`."""

    began: float
    seconds: float
    learners: int | None
    seed: int
    broker: str
    keep: bool
    screens: Path | None
    json: bool


def run(options: Options, cleanup: ExitStack) -> int:
    """Run the demo; the exit code. What is started ends with `cleanup`. Raises `Failure` and `LocalStackError`."""
    from config.settings import settings

    chosen = settings()
    if options.screens is not None:
        # A minute later it would be too late to choose another.
        options.screens.mkdir(parents=True, exist_ok=True)
    real = _real_providers(chosen)
    started = Startup(chosen, options.broker, _place(options, cleanup), rehearse=not real, progress=note)
    _say_what_runs(started, options, real)
    cleanup.enter_context(started)
    outcome, picture = _teach(started, options, real)
    _close(started, options, picture, outcome)
    code = OK if outcome.verdict.good and outcome.verdict.answered == outcome.verdict.sent else BAD_RESULT
    if options.keep:
        _wait(started)
    return code


def _real_providers(chosen: "Settings") -> tuple[str, ...]:
    import os

    from cli.providers import callable_providers
    from config.providers import ProvidersError

    try:
        return callable_providers(chosen.providers_file, os.environ)
    except ProvidersError as error:
        raise Failure(BAD_SETTING, str(error)) from error


def _place(options: Options, cleanup: ExitStack) -> Path:
    """Where data and logs go: a temporary folder, or with --keep one that other commands find."""
    from tempfile import TemporaryDirectory

    from local.errors import LocalStackError
    from local.stack import running_environment

    if not options.keep:
        return Path(cleanup.enter_context(TemporaryDirectory(prefix="masterx-demo-", ignore_cleanup_errors=True)))
    try:
        running_environment(KEPT / "stack")
    except LocalStackError:
        _clear(KEPT)
        return KEPT
    raise Failure(CANNOT_CREATE, f"a demo is kept running in {KEPT} already: end it with Ctrl-C, or start elsewhere")


def _clear(folder: Path) -> None:
    from shutil import rmtree

    if folder.exists():
        note(f"clearing what the last kept demo left in {folder}")
        rmtree(folder)


def _say_what_runs(started: Startup, options: Options, real: Iterable[str]) -> None:
    from local.pocket import WHAT_IT_MEANS
    from local.stack import why_pocket

    if started.stack.broker == "pocket":
        note((why_pocket() if options.broker == "auto" else None) or WHAT_IT_MEANS)
    if real:
        note(f"{', '.join(real)} will answer, at the usual price; where no key is set, a rehearsal provider does")
    else:
        note("no provider's key in the environment: a rehearsal provider answers, with replies written for the class")


def _teach(started: Startup, options: Options, real: tuple[str, ...]) -> tuple[Outcome, Picture]:
    from config import curriculum

    size = options.learners or (LEARNERS_WITH_KEY if real else LEARNERS)
    learners = make_class(size, options.seed, curriculum.load(started.settings.curriculum_file))
    watched = next((learner for learner in learners if learner.character == SPOTLIGHT_ON), learners[0])
    picture = Picture(
        broker="the pocket broker" if started.stack.broker == "pocket" else "Apache Kafka",
        provider=", ".join(real) or "the rehearsal provider",
        learners=size,
        seconds=options.seconds,
        spotlight=Spotlight(watched.name),
        character=watched.character,
    )
    with show.suited(Console(stderr=True)) as shown:
        outcome = Drive(
            started.settings,
            learners,
            picture,
            began=options.began,
            show=lambda drawn: _shown(drawn, shown, options.screens),
            look=started.look,
        ).run()
    return outcome, picture


def _shown(picture: Picture, shown: show.Show, screens: Path | None) -> None:
    shown(picture)
    if screens is not None and not picture.saved and picture.elapsed >= picture.seconds * 0.9:
        picture.saved = True
        show.save(
            screen.draw(picture, show.WIDTH, show.HEIGHT), screens / "demo.svg", "masterx demo", height=show.HEIGHT
        )


def _close(started: Startup, options: Options, picture: Picture, outcome: Outcome) -> None:
    import json

    from cli.clickhouse import connected

    with connected(started.settings) as client:
        found = read_back(client, TENANT, messages=picture.messages, attempts=picture.attempts)
    console = Console(highlight=False, stderr=options.json)
    page = closing(found, outcome.verdict, first_answer_s=outcome.first_answer_s, narrow=console.width < NARROW)
    console.print(page)
    for line in problems(picture.providers):
        console.print(line)
    if options.screens is not None:
        show.save(page, options.screens / "demo-result.svg", "masterx demo: the end")
    _advise(started, options, outcome, console)
    if options.json:
        verdict = outcome.verdict.figures()
        names = ("sent", "answered", "answered_by_provider", "lost", "duplicated")
        figures = {name: verdict[name] for name in names}
        out(json.dumps({**figures, "first_answer_s": outcome.first_answer_s, "broker": started.stack.broker}))


def activation() -> str | None:
    """The script that puts `masterx` on the path, where it is not there yet: `make demo` calls it by its place."""
    script = Path(sys.prefix, "bin", "activate")
    return None if shutil.which("masterx") or not script.is_file() else os.path.relpath(script)


def _advise(started: Startup, options: Options, outcome: Outcome, console: Console) -> None:
    first = advice.on_the_path(activation())
    if options.keep:
        lines = next_steps("Left running. In another terminal, in this folder:", first + advice.kept(outcome.example))
        lines += [Text("\nFrom another folder, first:", style="bold")]
        lines += [Text(f"  {line}") for line in advice.exports(started.variables)]
        lines += [Text("\nCtrl-C here ends it.", style="bold")]
    else:
        commands = advice.ended(rehearsed=started.rehearsal is not None, pocket=started.stack.broker == "pocket")
        lines = next_steps("What to try next", first + commands)
    for line in lines:
        console.print(line, soft_wrap=True)


def _wait(started: Startup) -> None:
    try:
        while True:
            time.sleep(LOOK_EVERY_SECONDS)
            started.look()
    except KeyboardInterrupt:
        note("stopping")
