"""Apache Kafka on one machine: its jars by Maven, one broker in KRaft combined mode."""

from local.kafka.broker import Kafka
from local.kafka.jars import find_java, why_unavailable

__all__ = ["Kafka", "find_java", "why_unavailable"]
