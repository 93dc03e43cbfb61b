CREATE TABLE IF NOT EXISTS ${database}.raw_responses${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id UUID COMMENT 'The learner''s message that this belongs to.' CODEC(NONE),
    response_id UUID COMMENT 'Derived from the message''s id: one message, one response id.' CODEC(NONE),
    turn Int64 COMMENT 'Number of this turn in the learner''s conversation, from 1.' CODEC(T64, ZSTD(1)),
    text String COMMENT 'What the learner reads.' CODEC(ZSTD(3)),
    message_text String COMMENT 'What the learner had written.' CODEC(ZSTD(3)),
    source LowCardinality(String) COMMENT 'Where the reply comes from: PROVIDER, CACHE, SAFE or OFFLINE.',
    provider LowCardinality(String) COMMENT 'Name of the provider, or ''offline''.',
    model LowCardinality(String) COMMENT 'Model that answered, or ''''.',
    template_version LowCardinality(String) COMMENT 'Version of the prompt template.',
    finish_reason LowCardinality(String) COMMENT 'As the provider says: stop, length, …',
    prompt_tokens Int32 COMMENT 'As the provider reports, else the local count.' CODEC(T64, ZSTD(1)),
    completion_tokens Int32 COMMENT 'As the provider reports, else the local count.' CODEC(T64, ZSTD(1)),
    cost_usd Decimal(18, 9) COMMENT 'By the prices in providers.yaml, US dollars.' CODEC(ZSTD(1)),
    provider_ms Float64 COMMENT 'Time spent waiting for providers, all tries, milliseconds.' CODEC(ZSTD(1)),
    first_token_ms Nullable(Float64) COMMENT 'From the call that answered to its first token, milliseconds.' CODEC(ZSTD(1)),
    tries Array(Tuple(provider LowCardinality(String), model LowCardinality(String), outcome LowCardinality(String), error Nullable(String), elapsed_ms Float64)) COMMENT 'Each call made, in order.' CODEC(ZSTD(1)),
    repeated_call Bool COMMENT 'True when an earlier call for this message may have been in flight at a crash.',
    appended_at DateTime64(6, 'UTC') COMMENT 'When the broker took the learner''s message.' CODEC(Delta, ZSTD(1)),
    deadline_at DateTime64(6, 'UTC') COMMENT 'The learner was to have an answer by then.' CODEC(Delta, ZSTD(1)),
    task LowCardinality(String) COMMENT 'The message''s intent.',
    concepts Array(LowCardinality(String)) COMMENT 'Concepts the message is about.',
    item_id LowCardinality(Nullable(String)) COMMENT 'The practice item that goes with the reply.',
    emotion String COMMENT 'How the learner seemed to feel, as JSON with the columns of fact_emotions; emptied when emotion scores expire.' CODEC(ZSTD(3)) TTL toDateTime(ingested_at) + INTERVAL ${ttl_days_emotion} DAY,
    plan String COMMENT 'What the reply was to do with it, as JSON; emptied when emotion scores expire.' CODEC(ZSTD(3)) TTL toDateTime(ingested_at) + INTERVAL ${ttl_days_emotion} DAY,
    decision_policy LowCardinality(String) COMMENT 'Name and version of the policy.',
    decision_features Map(LowCardinality(String), Float64) COMMENT 'What the policy looked at.' CODEC(ZSTD(1)),
    decision_candidates Array(Tuple(provider LowCardinality(String), score Float64, propensity Float64, reason String)) COMMENT 'All that were weighed, best first.' CODEC(ZSTD(1)),
    decision_propensity Float64 COMMENT 'Probability of the choice that was made.' CODEC(ZSTD(1)),
    prompt Array(Tuple(piece_id String, layer LowCardinality(String), tokens Int32, value Float64, included Bool, reason String, text String)) COMMENT 'What was considered for the prompt, in prompt order, the dropped ones last.' CODEC(ZSTD(3)),
    prompt_budget Int32 COMMENT 'Most tokens the prompt was allowed.' CODEC(T64, ZSTD(1)),
    missing Array(LowCardinality(String)) COMMENT 'Parts of the system that were missing for this reply.',
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
COMMENT 'The answer to each message, with what it cost and the record that explains it. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_responses${on_cluster} AS
SELECT
    *,
    dateDiff('microsecond', appended_at, kafka_appended_at) / 1000 AS latency_ms,
    latency_ms - provider_ms AS pipeline_ms
FROM ${database}.raw_responses
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'The answer to each message, with what it cost and the record that explains it. Each once.';

ALTER TABLE ${database}.fact_responses${on_cluster}
    COMMENT COLUMN latency_ms 'From the broker taking the message to the broker taking the response, milliseconds.',
    COMMENT COLUMN pipeline_ms 'latency_ms without the time spent waiting for providers, milliseconds.';
