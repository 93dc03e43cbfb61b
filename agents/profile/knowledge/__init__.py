"""Knowledge tracing, one event at a time: will the next attempt be right, and how sure is that."""

from agents.profile.knowledge.artefact import generic
from agents.profile.knowledge.attempt import Attempt, Prediction
from agents.profile.knowledge.codec import dump_state, dump_statistics, load_state, load_statistics
from agents.profile.knowledge.model import KnowledgeModel, Weights
from agents.profile.knowledge.state import KnowledgeState
from agents.profile.knowledge.statistics import SharedDifficulty, Statistics, merge

__all__ = [
    "Attempt",
    "KnowledgeModel",
    "KnowledgeState",
    "Prediction",
    "SharedDifficulty",
    "Statistics",
    "Weights",
    "dump_state",
    "dump_statistics",
    "generic",
    "load_state",
    "load_statistics",
    "merge",
]
