CREATE TABLE IF NOT EXISTS ${database}.raw_attempts${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id Nullable(UUID) COMMENT 'The learner''s message that this belongs to, where there is one.' CODEC(ZSTD(1)),
    concept_id LowCardinality(String) COMMENT 'The concept the item practises.',
    item_id LowCardinality(String) COMMENT 'The item tried.',
    correct Bool COMMENT 'Whether the answer was right.',
    duration_ms Nullable(Int64) COMMENT 'Time from seeing the item to the answer, milliseconds.' CODEC(ZSTD(1)),
    hints_used Int32 COMMENT 'Hints taken before the answer.' CODEC(T64, ZSTD(1)),
    answer Nullable(String) COMMENT 'What was answered, where the app sends it.' CODEC(ZSTD(1)),
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
COMMENT 'Graded outcomes: a learner tried an item. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_attempts${on_cluster} AS
SELECT
    *
FROM ${database}.raw_attempts
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Graded outcomes: a learner tried an item. Each once.';
