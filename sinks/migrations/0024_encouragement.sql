ALTER TABLE ${database}.raw_emotions${on_cluster}
    ADD COLUMN IF NOT EXISTS plan_encouragement LowCardinality(Nullable(String)) COMMENT 'The kind of encouragement to use, if any: praise_effort, normalise_difficulty, recall_progress or offer_choice.' AFTER plan_reasons;

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
