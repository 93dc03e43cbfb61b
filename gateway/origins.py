"""Which web pages may use the gateway from a browser: its own, and those that a setting names."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from gateway.refusal import Refusal, forbidden


def read_origins(text: str) -> frozenset[str]:
    """The origins in a comma-separated setting. Raises `ValueError` for what is none."""
    found = set()
    for origin in (part.strip().rstrip("/").lower() for part in text.split(",") if part.strip()):
        scheme, place = _parts(origin)
        if scheme not in ("http", "https") or not place or origin != f"{scheme}://{place}":
            raise ValueError(f"MASTERX_GATEWAY_ORIGINS: {origin!r} is no origin such as https://school.example")
        found.add(origin)
    return frozenset(found)


def check(headers: Headers, allowed: frozenset[str]) -> None:
    """Raises `Refusal` (403) for a request from another site's page. Programs send no Origin and pass."""
    origin = headers.get("origin")
    if origin is None or origin.lower() in allowed:
        return
    if _parts(origin.lower())[1] != headers.get("host", "").lower() or not headers.get("host"):
        raise refused()


def _parts(origin: str) -> tuple[str, str]:
    """Its scheme and place; empty for what is no address, such as one with half of a bracket."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return "", ""
    return found.scheme, found.netloc


def refused() -> Refusal:
    """The refusal of an origin."""
    return forbidden("pages of this origin may not use the gateway; see MASTERX_GATEWAY_ORIGINS")
