"""`masterx report`: numbers from ClickHouse's views as one self-contained page, or as JSON."""
