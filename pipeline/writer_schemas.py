"""Where a worker finds the schemas that others write with."""

from config import schema_lookup
from config.aside import Aside
from config.settings import Settings
from pipeline.delivery.record import NotNow
from pipeline.registry import Registry
from schemas.codec import WriterSchemas


def look_aside(settings: Settings) -> WriterSchemas | None:
    """Have other versions' schemas looked up beside the event loop from now on; the schema registry, if one is set."""
    schema_lookup.install(settings, aside=True)
    if not settings.schema_registry_url:
        return None
    registry = Registry(settings.schema_registry_url)
    return Aside(registry.schema, lambda schema_id: NotNow(f"schema id {schema_id} is being looked up"))
