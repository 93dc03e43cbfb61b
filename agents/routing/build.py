"""A worker's router, from settings, the declared providers and the environment's keys."""

from collections.abc import Mapping
from pathlib import Path

from agents.routing.bandit import Bandit
from agents.routing.board import NoticeBoard
from agents.routing.cache.replies import ReplyCache, ReplyStore
from agents.routing.decision import DeclaredOrder, Policy
from agents.routing.providers.factory import client_for
from agents.routing.router import Router
from config.prompts import fixed_replies, tutor_template
from config.providers import BUILT_IN, available, read_file
from config.settings import Settings


def build_router(
    settings: Settings,
    environ: Mapping[str, str],
    store: ReplyStore | None = None,
    board: NoticeBoard | None = None,
) -> Router:
    """A router with the declared providers that `environ` has keys for, and a reply cache where it is given a store.

    Given a board, it shares with other workers what it learns of the providers' outages and limits.
    Takes seconds where a provider is called by litellm. Raises `config.providers.ProvidersError` and
    `config.prompts.TemplateError` with one line for people.
    """
    path = Path(settings.providers_file) if settings.providers_file else BUILT_IN
    declared = read_file(path)
    providers = available(declared, environ)
    clients = {provider.name: client_for(provider) for provider in providers}
    policy: Policy = Bandit(providers) if declared.policy == "bandit" else DeclaredOrder()
    seconds = settings.reply_cache_hours * 3600
    cache = ReplyCache(store, seconds) if store is not None and seconds else None
    return Router(
        providers,
        clients,
        tutor_template(),
        fixed_replies(),
        policy,
        budgets=declared.budgets,
        cache=cache,
        workers=settings.routing_workers,
        board=board,
    )
