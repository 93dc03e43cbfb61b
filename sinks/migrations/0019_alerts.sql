CREATE TABLE IF NOT EXISTS ${database}.raw_alerts${on_cluster} (
    event_id UUID COMMENT 'Derived from the group and the state.' CODEC(NONE),
    group_id UUID COMMENT 'One for all that was said of one anomaly: its raising and its clearing.' CODEC(ZSTD(1)),
    tenant_id LowCardinality(String) COMMENT 'The tenant where one is the cause, else '''' across tenants.',
    sent_at DateTime64(6, 'UTC') COMMENT 'End of the minute that decided it, event time.' CODEC(Delta, ZSTD(1)),
    state LowCardinality(String) COMMENT 'raised or cleared.',
    metric LowCardinality(String) COMMENT 'What has risen: errors (share of failed provider calls), latency (of providers), wrong_answers (share of wrong attempts).',
    dimension LowCardinality(String) COMMENT 'The dimension that explains it: provider, version, concept or tenant; all where none stands out.',
    cause Array(String) COMMENT 'The values of that dimension.' CODEC(ZSTD(1)),
    severity LowCardinality(String) COMMENT 'attention or urgent.',
    text String COMMENT 'One line for people.' CODEC(ZSTD(1)),
    began_at DateTime64(6, 'UTC') COMMENT 'The minute from which the rise shows, event time.' CODEC(Delta, ZSTD(1)),
    observed Float64 COMMENT 'Mean of the cause''s cases while it rose: a share, or milliseconds.' CODEC(ZSTD(1)),
    expected Float64 COMMENT 'The same before.' CODEC(ZSTD(1)),
    cases Int64 COMMENT 'Cases of the cause while it rose.' CODEC(T64, ZSTD(1)),
    contribution Float64 COMMENT 'Share of all that came above the usual that the cause explains.' CODEC(ZSTD(1)),
    surprise Float64 COMMENT 'Jensen-Shannon divergence between how cases and excess spread over the dimension; 0: alike.' CODEC(ZSTD(1)),
    series Array(String) COMMENT 'Series whose alarms were put together, as dimension/value.' CODEC(ZSTD(1)),
    query String COMMENT 'The ClickHouse query that shows it.' CODEC(ZSTD(1)),
    kafka_topic LowCardinality(String) COMMENT 'The topic that the record stood in.',
    kafka_partition Int32 COMMENT 'Its partition.' CODEC(T64, ZSTD(1)),
    kafka_offset Int64 COMMENT 'Its offset; of copies with one event_id the lowest counts.' CODEC(T64, ZSTD(1)),
    kafka_appended_at DateTime64(6, 'UTC') COMMENT 'When the broker took the record.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row came to be here; retention counts from this.' CODEC(ZSTD(1)),
    version UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) COMMENT 'Grows as the offset falls, so that merges keep the lowest offset.' CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}(version)
PARTITION BY toYYYYMM(sent_at)
ORDER BY (tenant_id, metric, event_id)
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Anomalies in the aggregates, raised and cleared, with what explains them. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_alerts${on_cluster} AS
SELECT
    *
FROM ${database}.raw_alerts
ORDER BY tenant_id, metric, event_id, kafka_offset
LIMIT 1 BY tenant_id, metric, event_id
COMMENT 'Anomalies in the aggregates, raised and cleared, with what explains them. Each once.';
