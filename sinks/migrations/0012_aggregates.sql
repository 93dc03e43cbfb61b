CREATE TABLE IF NOT EXISTS ${database}.raw_aggregates${on_cluster} (
    event_id UUID COMMENT 'Derived from kind, dimension, window and revision.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The tenant, or '''' across tenants.',
    kind LowCardinality(String) COMMENT 'What is aggregated: concept, provider, emotion, course, tenant.',
    dimension String COMMENT 'Which one, such as the concept''s id.' CODEC(ZSTD(1)),
    window_start DateTime64(6, 'UTC') COMMENT 'Start of the window, event time.' CODEC(Delta, ZSTD(1)),
    window_s Int32 COMMENT 'Length of the window, seconds.' CODEC(T64, ZSTD(1)),
    final Bool COMMENT 'True for the one record that closes the window.',
    revision Int64 COMMENT 'Grows with each update of the window.' CODEC(T64, ZSTD(1)),
    source_partition Int32 COMMENT 'The partition a partial is from; -1 once merged.' CODEC(T64, ZSTD(1)),
    counts Map(LowCardinality(String), Int64) COMMENT 'Whole numbers: events, correct, answered, …' CODEC(ZSTD(1)),
    sums Map(LowCardinality(String), Float64) COMMENT 'Sums of figures: cost_usd, …' CODEC(ZSTD(1)),
    sketches Map(LowCardinality(String), String) COMMENT 'Mergeable sketches, by figure.' CODEC(ZSTD(1)),
    late Int64 COMMENT 'Records that came after the grace period and were not counted.' CODEC(T64, ZSTD(1)),
    kafka_topic LowCardinality(String) COMMENT 'The topic that the record stood in.',
    kafka_partition Int32 COMMENT 'Its partition.' CODEC(T64, ZSTD(1)),
    kafka_offset Int64 COMMENT 'Its offset; of copies with one event_id the lowest counts.' CODEC(T64, ZSTD(1)),
    kafka_appended_at DateTime64(6, 'UTC') COMMENT 'When the broker took the record.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row came to be here; retention counts from this.' CODEC(ZSTD(1)),
    version UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) COMMENT 'Grows as the offset falls, so that merges keep the lowest offset.' CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}(version)
PARTITION BY toYYYYMM(window_start)
ORDER BY (tenant_id, kind, dimension, window_s, window_start, event_id)
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Windows of one dimension, with their updates and partials. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_aggregates${on_cluster} AS
SELECT
    *
FROM ${database}.raw_aggregates
ORDER BY tenant_id, kind, dimension, window_s, window_start, event_id, kafka_offset
LIMIT 1 BY tenant_id, kind, dimension, window_s, window_start, event_id
COMMENT 'Windows of one dimension, with their updates and partials. Each once.';

CREATE OR REPLACE VIEW ${database}.fact_windows${on_cluster} AS
SELECT *
FROM ${database}.raw_aggregates
WHERE source_partition = -1
ORDER BY tenant_id, kind, dimension, window_s, window_start, final DESC, revision DESC, kafka_offset
LIMIT 1 BY tenant_id, kind, dimension, window_s, window_start
COMMENT 'Windows over all partitions, each by its final record, or by its latest update until there is one.';
