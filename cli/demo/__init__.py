"""`masterx demo`: a simulated class on the whole local stack, seen live and counted at the end."""
