"""A small language model on this machine's processor, behind llama.cpp's OpenAI-compatible server.

It shows that the way to a provider is walked as a model server expects it. At 270 million parameters it is often wrong:
never for learners. Needs the extra `language-model` (about 350 MB; the weights are under Google's Gemma terms).
"""

from local.language_model.service import LanguageModel

__all__ = ["LanguageModel"]
