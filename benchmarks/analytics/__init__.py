"""`make bench-analytics`: what ClickHouse and the analytics stage carry; `make verify-report`: a report, recounted."""
