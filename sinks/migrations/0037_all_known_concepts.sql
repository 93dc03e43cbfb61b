-- A snapshot shows the concepts touched last, the tutor knows more: each concept by the latest snapshot that shows it.
CREATE OR REPLACE VIEW ${database}.dim_learner_concepts${on_cluster} AS
SELECT
    tenant_id, learner_id, sent_at, concept.concept_id AS concept_id, concept.attempts AS attempts,
    concept.correct AS correct, concept.p_correct AS p_correct, concept.uncertainty AS uncertainty,
    concept.mastered AS mastered, concept.last_attempt_at AS last_attempt_at,
    concept.retrievability AS retrievability, concept.due_at AS due_at
FROM (
    SELECT tenant_id, learner_id, sent_at, revision, kafka_offset, concept
    FROM ${database}.raw_profiles
    ARRAY JOIN concepts AS concept
)
ORDER BY tenant_id, learner_id, concept_id, revision DESC, kafka_offset
LIMIT 1 BY tenant_id, learner_id, concept_id
COMMENT 'What the tutor knows now of each learner and concept.';

ALTER TABLE ${database}.dim_learner_concepts${on_cluster}
    COMMENT COLUMN sent_at 'Event time of the latest snapshot that shows the concept; snapshots show those touched last.',
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN attempts 'Graded attempts at it so far.',
    COMMENT COLUMN correct 'Right ones among them.',
    COMMENT COLUMN p_correct 'Probability that the next answer is right.',
    COMMENT COLUMN uncertainty 'Standard error of p_correct.',
    COMMENT COLUMN mastered 'Whether it counts as mastered.',
    COMMENT COLUMN last_attempt_at 'When it was last tried.',
    COMMENT COLUMN retrievability 'Probability that it is still remembered, as of sent_at.',
    COMMENT COLUMN due_at 'When a review is due.';
