"""What to type next. Pure: lines for people."""

from collections.abc import Mapping

ADDRESSES = ("MASTERX_KAFKA_BOOTSTRAP", "MASTERX_BROKER", "MASTERX_CLICKHOUSE_URL", "MASTERX_REDIS_URL")

ASK_MOODS = (
    "SELECT learner_id, round(avg(states['frustrated']), 2) AS frustrated FROM fact_emotions WHERE NOT cant_tell "
    "GROUP BY learner_id ORDER BY frustrated DESC LIMIT 5"
)


def exports(variables: Mapping[str, str]) -> list[str]:
    """Lines for a shell that is to use the same services."""
    return [f"export {name}={variables[name]}" for name in ADDRESSES if variables.get(name)]


def on_the_path(activate: str | None) -> list[tuple[str, str]]:
    """What makes the other commands known to a shell that does not know them; `activate` is the script for that."""
    return [(f". {activate}", "puts masterx on the path")] if activate else []


def kept(example: str | None) -> list[tuple[str, str]]:
    """Commands for another terminal while everything runs, each with what it shows."""
    return [
        *([(f"masterx explain {example}", "why that message was answered as it was")] if example else []),
        (f'masterx sql "{ASK_MOODS}"', "who is frustrated"),
        ("masterx tail interventions --from-start --no-follow", "what the tutor noticed"),
        (
            'masterx produce messages --learner me --text "What is a half of a half?" --wait 20',
            "ask something yourself",
        ),
    ]


def ended(*, rehearsed: bool, pocket: bool) -> list[tuple[str, str]]:
    """Commands after a run that has ended."""
    found = [("masterx demo --keep", "the same, left running to be looked into")]
    if rehearsed:
        found.append(("GROQ_API_KEY=… masterx demo", "answers of a real provider; config/providers.yaml has others"))
    if pocket:
        found.append(("masterx doctor", "what Apache Kafka needs to run here"))
    found.append(("masterx --help", "all commands"))
    return found
