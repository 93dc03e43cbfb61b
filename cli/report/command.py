"""`masterx report class|segments|learner|providers|experiment`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exits import BAD_SETTING, NO_INPUT, USAGE, Failure
from cli.screen import note, out

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

    from cli.report.page import Section

QUERY_SECONDS = 600.0

app = typer.Typer(no_args_is_help=True, help="A page of numbers and pictures about a class, a learner, providers.")

Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write one self-contained page with pictures here.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the numbers as one line of JSON.")]
Tenant = Annotated[str, typer.Option(metavar="TENANT", help="Whose.")]
Course = Annotated[str, typer.Option(metavar="COURSE", help="Only this course.")]


@app.command("class")
def class_(
    tenant: Tenant = "demo",
    course: Course = "",
    html: Html = None,
    json: Json = False,
) -> None:
    """A class: success by concept, item, learner and day."""
    from cli.report import classes

    found = _numbers(html, json, lambda client: classes.numbers(client, tenant, course, note))
    if not found["totals"]["attempts"]:
        raise _nothing(f"attempts of {tenant}")
    totals = found["totals"]
    lead = f"{totals['learners']} learners, {totals['attempts']} graded attempts."
    _show(found, f"Class {tenant}{f', {course}' if course else ''}", lead, classes.sections(found), html, json)


@app.command("segments")
def segments(
    tenant: Tenant = "demo",
    course: Course = "",
    html: Html = None,
    json: Json = False,
) -> None:
    """A class in groups of learners, where there are groups that come out again under resampling."""
    from cli.report import segments as report

    found = _numbers(html, json, lambda client: report.numbers(client, tenant, course, note))
    if not found["segments"]:
        raise _nothing(f"learners of {tenant} with {report.LEAST_ATTEMPTS} attempts or more")
    groups = len(found["segments"])
    lead = f"{found['learners']} learners, {groups} {'group' if groups == 1 else 'groups'}."
    _show(found, f"Groups in class {tenant}{f', {course}' if course else ''}", lead, report.sections(found), html, json)


@app.command("learner")
def learner(
    learner: Annotated[str, typer.Argument(metavar="[TENANT/]LEARNER", help="Who; the tenant is demo unless given.")],
    html: Html = None,
    json: Json = False,
) -> None:
    """One learner: attempts, what is known, moods, what called for action."""
    from cli.learner.who import who
    from cli.report import learner as report

    chosen = who(learner)
    found = _numbers(html, json, lambda client: report.numbers(client, chosen.tenant, chosen.learner, note))
    if not (found["attempts"] or found["messages"]):
        raise _nothing(f"attempts or messages of {chosen}")
    lead = f"{found['attempts']} attempts, {found['correct']} right; {found['messages']} messages answered."
    _show(found, f"Learner {chosen}", lead, report.sections(found), html, json)


@app.command("providers")
def providers(
    tenant: Annotated[str, typer.Option(metavar="TENANT", help="Only this one's; else all tenants'.")] = "",
    html: Html = None,
    json: Json = False,
) -> None:
    """Providers: calls, failures, time and cost."""
    from cli.report import providers as report

    found = _numbers(html, json, lambda client: report.numbers(client, tenant, note))
    if not found["replies"]:
        raise _nothing("responses")
    calls, replies = (sum(row[name] for row in found[name]) for name in ("calls", "replies"))
    lead = f"{calls} calls, {replies} replies."
    _show(found, f"Providers{f' of {tenant}' if tenant else ''}", lead, report.sections(found), html, json)


@app.command("experiment")
def experiment(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The experiment's key.")],
    html: Html = None,
    json: Json = False,
) -> None:
    """An experiment: what followed in each arm, effects with intervals, and whether to stop."""
    from cli.report import experiment as report
    from config.experiments import ExperimentsError, load
    from config.settings import settings

    try:
        planned = load(settings().experiments_file)
    except ExperimentsError as error:
        raise Failure(BAD_SETTING, str(error)) from error
    found = _numbers(html, json, lambda client: report.numbers(client, key, planned, note))
    if not found["interventions"]:
        raise _nothing(f"interventions under an experiment {key}")
    _show(found, f"Experiment {key}", found["verdict"], report.sections(found), html, json)


def _numbers(html: Path | None, json: bool, ask: "Callable[[Client], dict[str, Any]]") -> dict[str, Any]:
    from cli.clickhouse import connected
    from config.settings import settings

    if html is None and not json:
        raise Failure(USAGE, "nothing to write: give --html FILE, or --json")
    with connected(settings(), seconds=QUERY_SECONDS) as client:
        return ask(client)


def _show(
    found: dict[str, Any], title: str, lead: str, sections: "Iterable[Section]", html: Path | None, json: bool
) -> None:
    from cli.report.page import page

    if html is not None:
        html.write_text(page(title, lead, sections), encoding="utf-8")
        note(f"{html}: {html.stat().st_size:,} bytes")
    if json:
        import json as encoder

        out(encoder.dumps(found, default=str))


def _nothing(what: str) -> Failure:
    return Failure(NO_INPUT, f"no {what} in ClickHouse: check the name, and whether 'masterx worker sinks' runs")
