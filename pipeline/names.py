"""What the apps are called, here and where Kafka knows them."""

APPS = ("core", "routing", "sinks")


def app_id(name: str) -> str:
    """The Faust app's id, which is its consumer group too."""
    return f"masterx-{name}"
