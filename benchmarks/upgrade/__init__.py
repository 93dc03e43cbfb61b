"""Upgrades and their undoing, rehearsed on Apache Kafka under load."""
