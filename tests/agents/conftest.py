"""Property tests count examples, not seconds: a busy machine must not fail them."""

from hypothesis import settings

settings.register_profile("agents", deadline=None)
settings.load_profile("agents")
