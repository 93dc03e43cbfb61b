"""What the next hour brings, from the last weeks in ClickHouse: for people, and for what scales the workers."""
