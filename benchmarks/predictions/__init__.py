"""Look-aheads scored against what happened, beside the rules that people use now."""
