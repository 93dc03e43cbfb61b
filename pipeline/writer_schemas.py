"""Where a worker finds the schemas that others write with."""

from config import schema_lookup
from config.background_lookup import BackgroundLookup
from config.settings import Settings
from pipeline.delivery.record import NotNow
from pipeline.registry import Registry
from schemas.codec import WriterSchemas


def install(settings: Settings) -> WriterSchemas | None:
    """Look up other versions' schemas in the background from now on; the schema registry's schemas, if one is set."""
    schema_lookup.install(settings, in_background=True)
    if not settings.schema_registry_url:
        return None
    registry = Registry(settings.schema_registry_url)
    return BackgroundLookup(registry.schema, lambda schema_id: NotNow(f"schema id {schema_id} is being looked up"))
