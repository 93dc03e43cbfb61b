CREATE TABLE IF NOT EXISTS ${database}.raw_contexts${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id UUID COMMENT 'The learner''s message that this belongs to.' CODEC(NONE),
    appended_at DateTime64(6, 'UTC') COMMENT 'When the broker took the learner''s message; deadlines and latency count from here.' CODEC(Delta, ZSTD(1)),
    deadline_at DateTime64(6, 'UTC') COMMENT 'The learner is to have an answer by then.' CODEC(Delta, ZSTD(1)),
    task LowCardinality(String) COMMENT 'The message''s intent: explain, practise, check, support, plan, smalltalk, offtopic, unsafe or unknown.',
    concepts Array(LowCardinality(String)) COMMENT 'Concepts the message is about, most likely first.',
    pieces Array(Tuple(piece_id String, layer LowCardinality(String), role LowCardinality(String), tokens Int32, value Float64, turn Nullable(Int64), reason String)) COMMENT 'Candidates for the prompt, ranked by value. The learner''s message itself is not among them.' CODEC(ZSTD(1)),
    text_tokens Int32 COMMENT 'Length of the learner''s message in tokens.' CODEC(T64, ZSTD(1)),
    token_budget Int32 COMMENT 'Most tokens the rendered prompt may have.' CODEC(T64, ZSTD(1)),
    turns_through Int64 COMMENT 'The last turn of the conversation that the pieces take into account; 0 before the first.' CODEC(T64, ZSTD(1)),
    mastery Map(LowCardinality(String), Float64) COMMENT 'Probability of success per concept at hand, from the profile.' CODEC(ZSTD(1)),
    next_step String COMMENT 'The profile''s standing decision as JSON, as in dim_learners; empty without one.' CODEC(ZSTD(1)),
    missing Array(LowCardinality(String)) COMMENT 'Layers that could not be had for this message.',
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
COMMENT 'What the context stage offered for each message; the texts of the pieces are with the response. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_contexts${on_cluster} AS
SELECT
    *
FROM ${database}.raw_contexts
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'What the context stage offered for each message; the texts of the pieces are with the response. Each once.';
