"""ClickHouse's engine (chDB) in a process of its own, behind ClickHouse's HTTP interface."""

from local.clickhouse.service import ClickHouse

__all__ = ["ClickHouse"]
