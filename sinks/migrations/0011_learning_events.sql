CREATE TABLE IF NOT EXISTS ${database}.raw_learning_events${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id Nullable(UUID) COMMENT 'The learner''s message that this belongs to, where there is one.' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'attempt_predicted, concept_mastered, concept_lost, review_due, spell_started, spell_ended, …',
    concept_id LowCardinality(Nullable(String)) COMMENT 'The concept it is about.',
    item_id LowCardinality(Nullable(String)) COMMENT 'The item it is about.',
    model LowCardinality(Nullable(String)) COMMENT 'The model that predicted, where one did.',
    predicted Nullable(Float64) COMMENT 'What was predicted before the outcome was known.' CODEC(ZSTD(1)),
    outcome Nullable(Float64) COMMENT 'What came, 0 or 1 for graded attempts.' CODEC(ZSTD(1)),
    value Nullable(Float64) COMMENT 'A figure, by kind.' CODEC(ZSTD(1)),
    detail Map(LowCardinality(String), String) COMMENT 'More, by kind.' CODEC(ZSTD(1)),
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
COMMENT 'What happened in learning: predictions and their outcomes, mastery, reviews, spells. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_learning_events${on_cluster} AS
SELECT
    *
FROM ${database}.raw_learning_events
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'What happened in learning: predictions and their outcomes, mastery, reviews, spells. Each once.';
