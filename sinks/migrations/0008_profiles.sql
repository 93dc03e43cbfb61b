CREATE TABLE IF NOT EXISTS ${database}.raw_profiles${on_cluster} (
    event_id UUID COMMENT 'Identity of this event. Derived from the causing record''s id and the stage, so a redelivery makes the same one.' CODEC(NONE),
    tenant_id LowCardinality(String) COMMENT 'The school or organisation; never contains ''/''.',
    learner_id String COMMENT 'The learner within the tenant.' CODEC(ZSTD(1)),
    session_id Nullable(UUID) COMMENT 'The sitting this belongs to, where there is one.',
    course_id LowCardinality(Nullable(String)) COMMENT 'The course this belongs to, where there is one.',
    sent_at DateTime64(6, 'UTC') COMMENT 'When it happened by its maker''s clock, UTC. Models and windows use this.' CODEC(Delta, ZSTD(1)),
    message_id Nullable(UUID) COMMENT 'The learner''s message that this belongs to, where there is one.' CODEC(ZSTD(1)),
    revision Int64 COMMENT 'Number of this snapshot, growing by one with each event taken in.' CODEC(T64, ZSTD(1)),
    caused_by String COMMENT 'Id of the event that made it.' CODEC(ZSTD(1)),
    messages Int64 COMMENT 'Answered messages so far.' CODEC(T64, ZSTD(1)),
    attempts Int64 COMMENT 'Graded attempts so far.' CODEC(T64, ZSTD(1)),
    correct Int64 COMMENT 'Right ones among them.' CODEC(T64, ZSTD(1)),
    ability Nullable(Float64) COMMENT 'Ability from graded outcomes, logits; null before the first.' CODEC(ZSTD(1)),
    ability_uncertainty Nullable(Float64) COMMENT 'Standard error of ability, logits.' CODEC(ZSTD(1)),
    concepts Array(Tuple(concept_id LowCardinality(String), attempts Int64, correct Int64, p_correct Float64, uncertainty Float64, mastered Bool, last_attempt_at Nullable(DateTime64(6, 'UTC')), retrievability Nullable(Float64), due_at Nullable(DateTime64(6, 'UTC')))) COMMENT 'Per concept, most recently touched first; bounded.' CODEC(ZSTD(1)),
    traits Array(Tuple(name LowCardinality(String), value Nullable(Float64), unit LowCardinality(String), evidence Int64, uncertainty Nullable(Float64))) COMMENT 'Learning DNA.' CODEC(ZSTD(1)),
    predictions Array(Tuple(name LowCardinality(String), subject LowCardinality(Nullable(String)), value Float64, horizon_s Nullable(Float64), uncertainty Nullable(Float64), model LowCardinality(String))) COMMENT 'Standing predictions.' CODEC(ZSTD(1)),
    emotion_baseline Map(LowCardinality(String), Float64) COMMENT 'Running mean per learning state and valence.' CODEC(ZSTD(1)) TTL toDateTime(ingested_at) + INTERVAL ${ttl_days_emotion} DAY,
    next_step String COMMENT 'The standing decision on what comes next, as JSON; empty without one.' CODEC(ZSTD(1)),
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
COMMENT 'Snapshots of what the tutor knows about each learner, one for each event taken in. Every record as it came, copies included.';

CREATE OR REPLACE VIEW ${database}.fact_profiles${on_cluster} AS
SELECT
    *
FROM ${database}.raw_profiles
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Snapshots of what the tutor knows about each learner, one for each event taken in. Each once.';

CREATE OR REPLACE VIEW ${database}.dim_learners${on_cluster} AS
SELECT
    *,
    JSONExtractString(next_step, 'kind') AS next_step_kind,
    JSONExtractString(next_step, 'concept_id') AS next_step_concept_id
FROM ${database}.raw_profiles
ORDER BY tenant_id, learner_id, revision DESC, kafka_offset
LIMIT 1 BY tenant_id, learner_id
COMMENT 'What the tutor knows about each learner now: the latest snapshot of each.';

ALTER TABLE ${database}.dim_learners${on_cluster}
    COMMENT COLUMN next_step_kind 'The standing decision: practice, worked_example, explain, review or move_on; empty without one.',
    COMMENT COLUMN next_step_concept_id 'The concept that the decision is about; empty without one.';
