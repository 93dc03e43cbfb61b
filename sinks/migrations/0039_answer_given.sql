-- Who may not read what was answered may still count how often an answer is there.
CREATE OR REPLACE VIEW ${database}.fact_attempts${on_cluster} AS
SELECT
    *,
    toBool(isNotNull(answer)) AS has_answer
FROM ${database}.raw_attempts
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Graded outcomes: a learner tried an item. Each once.';

ALTER TABLE ${database}.fact_attempts${on_cluster}
    COMMENT COLUMN has_answer 'Whether the app sent what was answered.';
