"""How many waiting calls one worker holds, what it gains over one at a time, and who pays for a stuck learner."""
