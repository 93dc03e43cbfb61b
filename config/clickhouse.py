"""Who is trusted to be ClickHouse: one reading of the settings for every client of its HTTP interface."""

import ssl

from config.ca_file import trusting
from config.settings import Settings


class ClickHouseSecurityError(ValueError):
    """The settings for ClickHouse's security can't be used; the message names the one to mend."""


def authority(settings: Settings) -> str | None:
    """The PEM file of who signed the certificate, where it is encrypted; None for the system's authorities.

    Raises `ClickHouseSecurityError` for a file that is none.
    """
    return settings.clickhouse_ca_file or None if tls_context(settings) is not None else None


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What verifies ClickHouse; None where the connection is not encrypted. Raises `ClickHouseSecurityError`."""
    if not settings.clickhouse_url.startswith("https://"):
        return None
    return trusting(settings.clickhouse_ca_file, "MASTERX_CLICKHOUSE_CA_FILE", ClickHouseSecurityError)


def unverified(url: str) -> str:
    """The line for a certificate that nobody whom we trust has signed, or that is another host's."""
    return (
        f"the certificate of ClickHouse at {url} can't be verified: set MASTERX_CLICKHOUSE_CA_FILE to the PEM file of "
        "who signed it"
    )
