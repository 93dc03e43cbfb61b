"""The client that a provider's declaration asks for."""

from agents.routing.providers.client import Client
from agents.routing.providers.http import HttpClient
from agents.routing.providers.litellm_client import LitellmClient
from config.providers import Provider


def client_for(provider: Provider) -> Client:
    """A client for `provider`. The first one by litellm takes seconds: make clients at start."""
    return HttpClient(provider) if provider.client == "http" else LitellmClient(provider)
