"""Who is trusted to be ClickHouse: one reading of the settings for every client of its HTTP interface."""

import ssl

from config.settings import Settings


class ClickHouseSecurityError(ValueError):
    """The settings for ClickHouse's security can't be used; the message names the one to mend."""


def authority(settings: Settings) -> str | None:
    """The PEM file of who signed the certificate, where it is encrypted; None for the system's authorities.

    Raises `ClickHouseSecurityError` for a file that is none.
    """
    path = settings.clickhouse_ca_file
    if not path or not settings.clickhouse_url.startswith("https://"):
        return None
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise ClickHouseSecurityError(f"MASTERX_CLICKHOUSE_CA_FILE: {path} holds no certificate") from error
    except OSError as error:
        raise ClickHouseSecurityError(f"MASTERX_CLICKHOUSE_CA_FILE: {path}: {error.strerror}") from error
    return path


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What verifies ClickHouse; None where the connection is not encrypted. Raises `ClickHouseSecurityError`."""
    if not settings.clickhouse_url.startswith("https://"):
        return None
    return ssl.create_default_context(cafile=authority(settings))


def unverified(url: str) -> str:
    """The line for a certificate that nobody whom we trust has signed, or that is another host's."""
    return (
        f"the certificate of ClickHouse at {url} can't be verified: set MASTERX_CLICKHOUSE_CA_FILE to the PEM file of "
        "who signed it"
    )
