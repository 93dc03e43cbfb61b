"""What a provider counts as a token against the local estimate, learned from the usage that it reports.

The estimate errs high for prose. A model family with a small vocabulary, a rare script or dense formulas can still
count more than it says, and the budget is in the provider's tokens, which are what is paid for.
"""

import math

# The estimate is trusted at the start as if so many prompts had been counted exactly as estimated.
PRIOR_PROMPTS = 20.0
# Recent prompts count: a mean over about the last hundred.
MOST_PROMPTS = 100.0
# Standard deviations between the mean and what nearly all prompts stay below.
ABOVE = 2.0
# A count further off than this is a server that counts something else (words, the cached part alone).
MOST_RATIO = 4.0


class Margin:
    """One provider's ratio of reported to estimated prompt tokens: mean and variance of its logarithm, with decay
    (the exponentially weighted moments of West 1979)."""

    __slots__ = ("_mean", "_prompts", "_variance")

    def __init__(self) -> None:
        self._prompts = PRIOR_PROMPTS
        self._mean = 0.0
        self._variance = 0.0

    def counted(self, estimated: int, reported: int) -> None:
        """A prompt of `estimated` tokens was `reported` to be so many. What can't be a count of it is left alone."""
        if estimated <= 0 or reported <= 0 or not 1 / MOST_RATIO <= reported / estimated <= MOST_RATIO:
            return
        self._prompts = min(self._prompts + 1, MOST_PROMPTS)
        share = 1 / self._prompts
        off = math.log(reported / estimated) - self._mean
        self._mean += share * off
        self._variance = (1 - share) * (self._variance + share * off * off)

    @property
    def ratio(self) -> float:
        """Reported tokens for one estimated, which nearly all prompts stay below."""
        return math.exp(self._mean + ABOVE * math.sqrt(self._variance))

    def budget(self, tokens: int) -> int:
        """What a prompt may have by the local estimate so that the provider counts at most `tokens`.

        Never more than `tokens`: the budget is a bound, not something to use up.
        """
        return tokens if self.ratio <= 1 else max(1, int(tokens / self.ratio))
