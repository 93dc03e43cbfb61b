"""What keys on Redis begin with, by what is kept there; those of notices are in `provider_notices`."""

REPLIES = "masterx:reply:"
LIMITS = "masterx:limit:"
OF_A_LEARNER = f"{LIMITS}l:"
"""And the learner's key follows."""
