CREATE TABLE IF NOT EXISTS ${database}.raw_emotions${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id UUID COMMENT 'The learner''s message that this belongs to.' CODEC(NONE),
    model LowCardinality(String) COMMENT 'Name and version of the model that scored it, or ''off''.',
    emotions Map(LowCardinality(String), Float32) COMMENT 'Probability of each of the 28 GoEmotions labels; empty when nothing was scored.' CODEC(ZSTD(1)),
    valence Float32 COMMENT 'Pleasantness, -1 to 1.',
    arousal Float32 COMMENT 'Activation, -1 to 1.',
    dominance Float32 COMMENT 'Feeling of control, -1 to 1.',
    states Map(LowCardinality(String), Float32) COMMENT 'Probability of each learning state: frustrated, confused, bored, engaged, anxious, confident.' CODEC(ZSTD(1)),
    confidence Float32 COMMENT 'How sure the model is, 0 to 1.',
    cant_tell Bool COMMENT 'True when the text does not allow a reading.',
    crisis Bool COMMENT 'True when the text speaks of self-harm or a crisis.',
    baseline Map(LowCardinality(String), Float32) COMMENT 'The learner''s own running mean per state and valence before this message.' CODEC(ZSTD(1)),
    trend Map(LowCardinality(String), Float32) COMMENT 'Recent change against the baseline, same keys.' CODEC(ZSTD(1)),
    spell LowCardinality(Nullable(String)) COMMENT 'The spell the learner is in (frustration, confusion, boredom), if any.',
    spell_messages Int32 COMMENT 'Messages the spell has lasted, 0 outside one.' CODEC(T64, ZSTD(1)),
    plan_tone LowCardinality(String) COMMENT 'neutral, warm, encouraging, calm or brisk.',
    plan_pace LowCardinality(String) COMMENT 'slower, same or faster.',
    plan_acknowledge Bool COMMENT 'Name the feeling before the content.',
    plan_smaller_steps Bool COMMENT 'Break the next step into smaller ones.',
    plan_suggest_break Bool COMMENT 'Offer a pause.',
    plan_challenge Bool COMMENT 'Offer something harder.',
    plan_reasons Array(String) COMMENT 'Which scores led to it.' CODEC(ZSTD(1)),
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
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days_emotion} DAY
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Emotion scores of each message. Kept for a shorter time than the rest. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_emotions${on_cluster} AS
SELECT
    *,
    arrayReduce('argMax', mapKeys(emotions), mapValues(emotions)) AS top_emotion,
    arrayReduce('argMax', mapKeys(states), mapValues(states)) AS top_state
FROM ${database}.raw_emotions
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Emotion scores of each message. Kept for a shorter time than the rest. Each once.';

ALTER TABLE ${database}.fact_emotions${on_cluster}
    COMMENT COLUMN top_emotion 'The most probable of the 28 labels; empty when nothing was scored.',
    COMMENT COLUMN top_state 'The most probable learning state; empty when nothing was scored.';
