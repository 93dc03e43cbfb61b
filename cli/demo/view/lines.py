"""The demo in plain lines, for logs, pipes and narrow terminals."""

from cli.demo.seen.picture import Picture
from cli.demo.view.marks import ms
from schemas.topics import ENRICHED, PROFILES, RESPONSES, SCORED


def progress(picture: Picture) -> str:
    """One line on how it goes."""
    now = picture.now
    stages = (("context", ENRICHED), ("emotion", SCORED), ("routing", RESPONSES), ("profile", PROFILES))
    latencies = ", ".join(f"{name} {ms(picture.flow.figures(topic.name, now).p50_ms)}" for name, topic in stages)
    moods = ", ".join(f"{name} {mean:.0%}" for name, mean in picture.feelings.states(now)[:3])
    raised = sum(picture.raisings.counts.values())
    parts = [
        f"{picture.elapsed:.0f} s: {picture.answered} of {picture.messages} messages answered",
        f"{picture.stored.attempts} of {picture.attempts} attempts stored",
        f"p50 {latencies}",
        *([f"mood {moods}"] if moods else []),
        f"{raised} interventions",
    ]
    return "; ".join(parts)
