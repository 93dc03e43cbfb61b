"""Who is to answer: the declared providers that can be called from here."""

import logging
from collections.abc import Mapping
from pathlib import Path


def callable_providers(providers_file: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the declared providers that `environ` holds keys and addresses for. Raises `ProvidersError`."""
    from config.providers import BUILT_IN, available, read_file

    # The reader logs each provider that has no key; here having none is the usual case.
    logging.disable(logging.WARNING)
    try:
        found = available(read_file(Path(providers_file) if providers_file else BUILT_IN), environ)
    finally:
        logging.disable(logging.NOTSET)
    return tuple(provider.name for provider in found)
