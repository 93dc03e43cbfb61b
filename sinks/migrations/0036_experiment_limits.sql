-- As in 0022, but that two interventions of one instant are two; and what is left out is said.
CREATE OR REPLACE VIEW ${database}.fact_assignments${on_cluster} AS
SELECT tenant_id, learner_id, assumeNotNull(sent.experiment) AS experiment, assumeNotNull(sent.arm) AS arm, kind AS intervention, sent_at, event_id
FROM ${database}.fact_interventions AS sent
WHERE isNotNull(sent.experiment)
UNION ALL
SELECT tenant_id, learner_id, detail['experiment'] AS experiment, detail['arm'] AS arm, detail['intervention'] AS intervention, sent_at, event_id
FROM ${database}.fact_learning_events
WHERE kind = 'intervention_withheld'
COMMENT 'Interventions under an experiment, those that were sent and those that were withheld. Each once.';

ALTER TABLE ${database}.fact_assignments${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN learner_id 'The learner within the tenant.',
    COMMENT COLUMN sent_at 'When it was sent or withheld.',
    COMMENT COLUMN experiment 'Key of the experiment.',
    COMMENT COLUMN arm 'treated: it was sent; held_out: it was withheld.',
    COMMENT COLUMN intervention 'Kind of the intervention.',
    COMMENT COLUMN event_id 'The intervention''s identity, or that of the learning event that says it was withheld.';

CREATE OR REPLACE VIEW ${database}.agg_experiment_learners${on_cluster} AS
SELECT
    assigned.experiment AS experiment,
    assigned.arm AS arm,
    assigned.tenant_id AS tenant_id,
    assigned.learner_id AS learner_id,
    uniqExact(assigned.event_id) AS interventions,
    countIf(tried.sent_at > assigned.sent_at AND tried.sent_at <= assigned.sent_at + INTERVAL 1 DAY) AS attempts_after,
    countIf(tried.sent_at > assigned.sent_at AND tried.sent_at <= assigned.sent_at + INTERVAL 1 DAY AND tried.correct) AS right_after,
    countIf(tried.sent_at > assigned.sent_at + INTERVAL 1 HOUR AND tried.sent_at <= assigned.sent_at + INTERVAL 7 DAY) > 0 AS came_back
FROM ${database}.fact_assignments AS assigned
LEFT JOIN ${database}.fact_attempts AS tried
    ON tried.tenant_id = assigned.tenant_id AND tried.learner_id = assigned.learner_id
GROUP BY experiment, arm, tenant_id, learner_id
COMMENT 'What followed each learner''s interventions under an experiment, sent or withheld: one row a learner and arm.';

ALTER TABLE ${database}.agg_experiment_learners${on_cluster}
    COMMENT COLUMN experiment 'Key of the experiment.',
    COMMENT COLUMN arm 'treated or held_out.',
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN learner_id 'The learner within the tenant.',
    COMMENT COLUMN interventions 'Interventions sent or withheld.',
    COMMENT COLUMN attempts_after 'Attempts within a day of one, on any concept, counted for each.',
    COMMENT COLUMN right_after 'Right ones among them.',
    COMMENT COLUMN came_back 'Whether an attempt came between an hour and seven days after one; false also where the seven days are not over.';

ALTER TABLE ${database}.agg_experiment_arms${on_cluster}
    COMMENT COLUMN outcome 'right_share: share of right attempts within a day; came_back: a return within seven days (guardrail), none so far where these are not over.',
    COMMENT COLUMN learners 'Learners with this outcome: of who tried nothing within the day there is no right_share.';

ALTER TABLE ${database}.agg_experiment_effects${on_cluster}
    COMMENT COLUMN treated 'Learners with the intervention; there is a row once each arm has 20.',
    COMMENT COLUMN held_out 'Learners without.';
