-- A text that does not allow a reading (a bare number, '???') is scored as texts are on average: that names no mood.
CREATE OR REPLACE VIEW ${database}.fact_emotions${on_cluster} AS
SELECT
    *,
    if(cant_tell, '', arrayReduce('argMax', mapKeys(emotions), mapValues(emotions))) AS top_emotion,
    if(cant_tell, '', arrayReduce('argMax', mapKeys(states), mapValues(states))) AS top_state
FROM ${database}.raw_emotions
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Emotion scores of each message. Kept for a shorter time than the rest. Each once.';

ALTER TABLE ${database}.fact_emotions${on_cluster}
    COMMENT COLUMN cant_tell 'True when the text does not allow a reading: the scores then say nothing of the learner.',
    COMMENT COLUMN top_emotion 'The most probable of the 28 labels; empty when nothing was scored, or the text does not allow a reading.',
    COMMENT COLUMN top_state 'The most probable learning state; empty when nothing was scored, or the text does not allow a reading.';

CREATE OR REPLACE VIEW ${database}.fact_states${on_cluster} AS
SELECT event_id, tenant_id, learner_id, session_id, course_id, sent_at, message_id, model, state, probability
FROM ${database}.fact_emotions
ARRAY JOIN mapKeys(states) AS state, mapValues(states) AS probability
WHERE NOT cant_tell
COMMENT 'Learning states of each message whose text allows a reading: one row for each state.';

ALTER TABLE ${database}.fact_states${on_cluster}
    COMMENT COLUMN state 'frustrated, confused, bored, engaged, anxious or confident.',
    COMMENT COLUMN probability 'Probability of that state, 0 to 1.';
