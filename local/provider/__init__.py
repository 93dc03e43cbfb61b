"""A test provider: OpenAI's chat-completions protocol over a real socket, with misbehaviour on demand."""

from local.provider.service import Provider

__all__ = ["Provider"]
