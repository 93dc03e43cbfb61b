"""How every Redis client connects and logs in: one reading of the settings, and one line for what goes wrong."""

import re
import ssl
from urllib.parse import quote, unquote, urlencode, urlsplit

from config.ca_file import trusting
from config.settings import Settings

SCHEMES = ("redis", "rediss", "unix")
NOBODY = "default"
# The client puts the whole command, learners' keys and words in it, before what the server says.
_OF_A_PIPELINE = re.compile(r"Command # \d+ \(.*\) of pipeline caused error: ", re.DOTALL)
_COMMAND = re.compile(r"the '([a-z|]+)' command", re.IGNORECASE)


class RedisSecurityError(ValueError):
    """The settings for Redis can't be used; the message names the one to mend."""


def url(settings: Settings) -> str:
    """The address as clients take it, with the login and who signed the certificate in it: it is never to be shown.

    Raises `RedisSecurityError`.
    """
    address = urlsplit(settings.redis_url)
    if address.scheme not in SCHEMES or not (address.hostname or address.scheme == "unix"):
        raise RedisSecurityError(
            f"MASTERX_REDIS_URL is no redis://, rediss:// or unix:// address: {shown(settings.redis_url)}"
        )
    user, password = settings.redis_user, settings.redis_password.get_secret_value()
    place, query = address.netloc.rpartition("@")[2], address.query
    if user and not (password or address.password):
        raise RedisSecurityError("MASTERX_REDIS_PASSWORD is missing: a user logs in with a password")
    login = address.netloc.rpartition("@")[0]
    if user or password:
        login = f"{quote(user, safe='') or address.username or ''}:{quote(password, safe='') or address.password or ''}"
    if settings.redis_ca_file and address.scheme == "rediss":
        trusting(settings.redis_ca_file, "MASTERX_REDIS_CA_FILE", RedisSecurityError)
        query = "&".join(filter(None, (query, urlencode({"ssl_ca_certs": settings.redis_ca_file}))))
    return address._replace(netloc=f"{login}@{place}" if login else place, query=query).geturl()


def shown(address: str) -> str:
    """An address without its login, for people."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def user_in(address: str) -> str:
    """Whom a client of `address` logs in as."""
    return unquote(urlsplit(address).username or "") or NOBODY


def explained(error: BaseException, address: str) -> str:
    """`error` of a client of `address` in one line, without any key, value or password."""
    return refusal(error, address) or (
        f"Redis does not answer at {shown(address)}: {_said(error) or type(error).__name__}"
    )


def refusal(error: BaseException, address: str) -> str | None:
    """The line for an error that no patience mends, a setting or a right does; None for others."""
    place, user, said = shown(address), user_in(address), _said(error)
    # By name, so that who explains an error needs no client library.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "NoPermissionError" in kinds or said.startswith("NOPERM"):
        command = _COMMAND.search(said)
        what = f"the command {command[1]}" if command else "a key or channel that was asked for"
        return f"Redis at {place} does not allow {what} to {user}: 'masterx redis acls' prints who needs what"
    if "AuthenticationError" in kinds or said.startswith(("WRONGPASS", "NOAUTH")):
        return f"Redis at {place} refuses user {user!r}: wrong MASTERX_REDIS_USER or MASTERX_REDIS_PASSWORD"
    if "CERTIFICATE_VERIFY_FAILED" in said or _caused_by(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of Redis at {place} can't be verified: set MASTERX_REDIS_CA_FILE to the PEM file of who "
            "signed it"
        )
    if "WRONG_VERSION_NUMBER" in said or "RECORD_LAYER_FAILURE" in said:
        return f"Redis at {place} speaks no TLS: MASTERX_REDIS_URL must begin with redis:// there"
    return None


def _said(error: BaseException) -> str:
    return _OF_A_PIPELINE.sub("", " ".join(str(error).split()))


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
