"""The whole way on Apache Kafka: latency at a steady rate, throughput, CPU by stage, time until a row is visible."""
