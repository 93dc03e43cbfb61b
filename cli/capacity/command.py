"""`masterx capacity`."""

from typing import Annotated

import typer

from cli.finite import finite
from cli.screen import note, out, table

# A prompt within its budget, and a reply of some 200 words.
REPLY_TOKENS = 300

# More than there are people; a thousand messages a day of each of them; what no machine costs.
MOST_LEARNERS = 10_000_000_000
MOST_MESSAGES = 1e13
MOST_USD = 1e6


def capacity(
    learners: Annotated[int, typer.Option(min=1, max=MOST_LEARNERS, metavar="N", help="How many learners.")],
    messages_per_day: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=MOST_MESSAGES,
            metavar="M",
            callback=finite,
            help="Messages a day, all together; 10 for each unless given.",
        ),
    ] = None,
    peak: Annotated[
        float, typer.Option(min=1, max=86_400, callback=finite, help="The busiest second's rate over the day's mean.")
    ] = 6.0,
    utilisation: Annotated[float, typer.Option(min=0.1, max=1, callback=finite, help="Of a core at the peak.")] = 0.6,
    retention_days: Annotated[
        float, typer.Option(min=0, max=36_500, callback=finite, help="Of topics that are not compacted.")
    ] = 7.0,
    ttl_days: Annotated[float, typer.Option(min=0, max=36_500, callback=finite, help="Of rows in ClickHouse.")] = 730.0,
    usd_core_month: Annotated[
        float, typer.Option(min=0, max=MOST_USD, callback=finite, help="Price of a core.")
    ] = 25.0,
    usd_gib_month: Annotated[float, typer.Option(min=0, max=MOST_USD, callback=finite, help="Price of memory.")] = 3.5,
    usd_disk_gb_month: Annotated[
        float, typer.Option(min=0, max=MOST_USD, callback=finite, help="Price of disk.")
    ] = 0.1,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say what so many learners need: partitions, workers, ClickHouse nodes and cost.

    From the newest figures in benchmarks/history, measured on the machine named there.
    """
    from dataclasses import asdict

    from cli.capacity.measured import read
    from cli.capacity.model import Assumed, plan
    from config.settings import settings

    measured, run = read()
    assumed = Assumed(
        peak=peak,
        utilisation=utilisation,
        retention_days=retention_days,
        ttl_days=ttl_days,
        usd_core_month=usd_core_month,
        usd_gib_month=usd_gib_month,
        usd_disk_gb_month=usd_disk_gb_month,
        concurrency=settings().concurrency,
        usd_reply=_cheapest_reply(settings().context_tokens),
    )
    made = plan(measured, learners, messages_per_day or learners * 10.0, assumed)
    if json:
        import orjson

        out(orjson.dumps(asdict(made)).decode())
        return
    rows = [
        ("messages a second at the peak", f"{made.rate:,.1f}"),
        ("clusters", f"{made.clusters:,}"),
        ("partitions of a learner topic", f"{made.partitions:,}"),
        *((f"workers of {app}", f"{count:,}") for app, count in made.workers.items()),
        ("gateways", f"{made.gateways:,}"),
        ("brokers", f"{made.brokers:,}"),
        ("brokers' disks, GB", f"{made.broker_disk_gb:,.0f}"),
        ("tiered storage, GB", f"{made.tiered_gb:,.0f}"),
        ("ClickHouse nodes", f"{made.clickhouse_nodes:,} ({made.clickhouse_shards:,} shards)"),
        ("ClickHouse's disks, GB", f"{made.clickhouse_disk_gb:,.0f}"),
        ("workers' tables, GB", f"{made.worker_disk_gb:,.0f}"),
        ("machines and disks, USD a month", f"{made.usd_month:,.0f}"),
        ("replies of the cheapest provider, USD a month", f"{made.usd_replies_month:,.0f}"),
    ]
    table(("what", "needed"), rows, numeric=(False, True))
    for change in made.changes:
        out(change)
    note(f"measured at {run['at'][:10]}, commit {run['commit']}, {run['machine']}; prices are those given or assumed")


def _cheapest_reply(prompt_tokens: int) -> float:
    from config.providers import read_file

    prices = [provider.price for provider in read_file().providers]
    paid = [price.input * prompt_tokens + price.output * REPLY_TOKENS for price in prices if price.input]
    return min(paid, default=0.0) / 1e6
