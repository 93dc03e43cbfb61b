"""Real faults on real parts: what was lost, repeated or disordered, and how long nothing moved."""
