"""Seeded faults injected into replayed practice: are they found, when, and is the right cause named?"""
