"""Publications on `masterx.shared`, for tests."""

from schemas.codec import Event
from schemas.ids import derived


def publication(partition: int = 0, revision: int = 1, sent_at: int = 1, kind: str = "item_difficulty") -> Event:
    return {
        "event_id": derived(f"{kind}/{partition}", "profile", str(revision)),
        "kind": kind,
        "source_partition": partition,
        "revision": revision,
        "sent_at": sent_at,
        "statistics": str(sent_at).encode(),
    }
