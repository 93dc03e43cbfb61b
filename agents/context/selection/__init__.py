"""Which pieces go into a prompt: a knapsack with pairwise terms."""
