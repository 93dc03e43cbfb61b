"""What a reward says of the context layers' weights, counted with the reward.

`layer|task|layer|weight|band of mastery` → sums; without a band where the decision no longer says how well the learner
knew what was at hand.
"""

from agents.profile.behaviour import Behaviour
from config.mastery import band
from schemas.codec import Event

LAYER = "layer"
# Parts of a reward that say something of the reply; cost and latency do not.
TELLING = ("outcome", "feedback", "confusion_resolved")


def note(behaviour: Behaviour, reward: Event) -> None:
    """Count the reward for the weight that each layer had."""
    if any(part in reward["components"] for part in TELLING):
        mastery = reward["features"].get("mastery")
        known = "" if mastery is None else f"|{band(mastery)}"
        for layer, weight in reward["layer_weights"].items():
            behaviour.add(f"{LAYER}|{reward['task']}|{layer}|{weight:g}{known}", reward["value"])
