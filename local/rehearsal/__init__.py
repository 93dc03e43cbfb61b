"""A provider for rehearsals: OpenAI's protocol over a real socket, replies written for the demo's simulated class."""

from local.rehearsal.service import Rehearsal

__all__ = ["Rehearsal"]
