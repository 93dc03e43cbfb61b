CREATE TABLE IF NOT EXISTS ${database}.raw_dead_letters${on_cluster} (
    event_id UUID COMMENT 'Derived from where the refused record stood, so a second copy makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation by the record''s key; empty where the key does not say.',
    learner_id String COMMENT 'The learner by the record''s key; empty where the key does not say.' CODEC(ZSTD(1)),
    sent_at DateTime64(6, 'UTC') COMMENT 'When the broker took the dead letter; the refused record''s own time may not be readable.' CODEC(Delta, ZSTD(1)),
    origin_topic LowCardinality(String) COMMENT 'The topic that the refused record stood in.',
    origin_partition Int32 COMMENT 'Its partition there.' CODEC(T64, ZSTD(1)),
    origin_offset Int64 COMMENT 'Its offset there.' CODEC(T64, ZSTD(1)),
    stage LowCardinality(String) COMMENT 'The stage that refused it.',
    reason LowCardinality(String) COMMENT 'Why, in a word.',
    error String COMMENT 'Why, in a line.' CODEC(ZSTD(1)),
    attempt Int32 COMMENT 'Which attempt at it was the last.' CODEC(T64, ZSTD(1)),
    replays Int32 COMMENT 'How often it had been replayed before.' CODEC(T64, ZSTD(1)),
    headers Map(LowCardinality(String), String) COMMENT 'The refused record''s own headers.' CODEC(ZSTD(1)),
    record_key String COMMENT 'Its key, bytes untouched.' CODEC(ZSTD(1)),
    payload String COMMENT 'Its value, bytes untouched.' CODEC(ZSTD(3)),
    kafka_topic LowCardinality(String) COMMENT 'The topic that the record stood in.',
    kafka_partition Int32 COMMENT 'Its partition.' CODEC(T64, ZSTD(1)),
    kafka_offset Int64 COMMENT 'Its offset; of copies with one event_id the lowest counts.' CODEC(T64, ZSTD(1)),
    kafka_appended_at DateTime64(6, 'UTC') COMMENT 'When the broker took the record.' CODEC(Delta, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row came to be here; retention counts from this.' CODEC(ZSTD(1)),
    version UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) COMMENT 'Grows as the offset falls, so that merges keep the lowest offset.' CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}(version)
PARTITION BY toYYYYMM(sent_at)
ORDER BY (tenant_id, learner_id, event_id)
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Records that were refused, as they came. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_dead_letters${on_cluster} AS
SELECT
    *
FROM ${database}.raw_dead_letters
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Records that were refused, as they came. Each once.';
