"""Which web pages may use the gateway from a browser: its own, and those that a setting names."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from gateway.refusal import Refusal, forbidden


def read_origins(text: str) -> frozenset[str]:
    """The origins in a comma-separated setting. Raises `ValueError` for what is none."""
    found = set()
    for origin in (part.strip().rstrip("/").lower() for part in text.split(",") if part.strip()):
        place = urlsplit(origin)
        if place.scheme not in ("http", "https") or not place.netloc or origin != f"{place.scheme}://{place.netloc}":
            raise ValueError(f"MASTERX_GATEWAY_ORIGINS: {origin!r} is no origin such as https://school.example")
        found.add(origin)
    return frozenset(found)


def check(headers: Headers, allowed: frozenset[str]) -> None:
    """Raises `Refusal` (403) for a request from another site's page. Programs send no Origin and pass."""
    origin = headers.get("origin")
    if origin is None or origin.lower() in allowed:
        return
    if urlsplit(origin.lower()).netloc != headers.get("host", "").lower() or not headers.get("host"):
        raise refused()


def refused() -> Refusal:
    """The refusal of an origin."""
    return forbidden("pages of this origin may not use the gateway; see MASTERX_GATEWAY_ORIGINS")
