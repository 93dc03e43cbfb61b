"""A door with TLS in front of a service of the local stack that has none of its own."""

from local.tls_door.service import TlsDoor

__all__ = ["TlsDoor"]
