CREATE TABLE IF NOT EXISTS ${database}.raw_rewards${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id UUID COMMENT 'The learner''s message that this belongs to.' CODEC(NONE),
    response_id UUID COMMENT 'The decision it belongs to.' CODEC(NONE),
    value Float64 COMMENT 'Weighted total, -1 to 1.' CODEC(ZSTD(1)),
    components Map(LowCardinality(String), Float64) COMMENT 'Its parts: outcome, feedback, confusion_resolved, cost, latency.' CODEC(ZSTD(1)),
    closed_by LowCardinality(String) COMMENT 'outcome, feedback, follow_up or timeout.',
    elapsed_s Float64 COMMENT 'Event time from the response to what closed it, seconds.' CODEC(ZSTD(1)),
    provider LowCardinality(String) COMMENT 'The provider chosen.',
    policy LowCardinality(String) COMMENT 'The policy that chose.',
    task LowCardinality(String) COMMENT 'The message''s intent.',
    features Map(LowCardinality(String), Float64) COMMENT 'What the policy looked at.' CODEC(ZSTD(1)),
    propensity Float64 COMMENT 'Probability of the choice.' CODEC(ZSTD(1)),
    layers Map(LowCardinality(String), Float64) COMMENT 'Share of the prompt''s tokens per context layer.' CODEC(ZSTD(1)),
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
COMMENT 'What came of each routing and context decision. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_rewards${on_cluster} AS
SELECT
    *
FROM ${database}.raw_rewards
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'What came of each routing and context decision. Each once.';
