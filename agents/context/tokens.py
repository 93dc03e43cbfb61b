"""Length in tokens, counted without a provider's tokenizer.

The estimate errs high: English prose runs at about four bytes a token in the tokenizers of the common model families,
and code, numbers and other scripts at fewer, so 3.2 bytes a token leaves room for them. `MESSAGE_OVERHEAD` stands for
the role and the separators that the chat format puts around each message.
"""

MESSAGE_OVERHEAD = 4


def count(text: str) -> int:
    """Tokens of one chat message with this text: ceil(UTF-8 bytes / 3.2) + 4."""
    return -(-5 * len(text.encode()) // 16) + MESSAGE_OVERHEAD
