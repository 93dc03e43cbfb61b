ALTER TABLE ${database}.raw_interventions${on_cluster}
    ADD COLUMN IF NOT EXISTS experiment LowCardinality(Nullable(String)) COMMENT 'Key of the experiment that this was sent under, where there is one.' AFTER evidence,
    ADD COLUMN IF NOT EXISTS arm LowCardinality(Nullable(String)) COMMENT 'The learner''s arm in it then: treated; what is held out is not sent, and noted as the learning event intervention_withheld.' AFTER experiment;

CREATE OR REPLACE VIEW ${database}.fact_interventions${on_cluster} AS
SELECT
    *
FROM ${database}.raw_interventions
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'What called for action for a learner. Each once.';

CREATE OR REPLACE VIEW ${database}.fact_assignments${on_cluster} AS
SELECT tenant_id, learner_id, assumeNotNull(sent.experiment) AS experiment, assumeNotNull(sent.arm) AS arm, kind AS intervention, sent_at
FROM ${database}.fact_interventions AS sent
WHERE isNotNull(sent.experiment)
UNION ALL
SELECT tenant_id, learner_id, detail['experiment'] AS experiment, detail['arm'] AS arm, detail['intervention'] AS intervention, sent_at
FROM ${database}.fact_learning_events
WHERE kind = 'intervention_withheld'
COMMENT 'Interventions under an experiment, those that were sent and those that were withheld. Each once.';

ALTER TABLE ${database}.fact_assignments${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN learner_id 'The learner within the tenant.',
    COMMENT COLUMN sent_at 'When it was sent or withheld.',
    COMMENT COLUMN experiment 'Key of the experiment.',
    COMMENT COLUMN arm 'treated: it was sent; held_out: it was withheld.',
    COMMENT COLUMN intervention 'Kind of the intervention.';

CREATE OR REPLACE VIEW ${database}.agg_experiment_learners${on_cluster} AS
SELECT
    assigned.experiment AS experiment,
    assigned.arm AS arm,
    assigned.tenant_id AS tenant_id,
    assigned.learner_id AS learner_id,
    uniqExact(assigned.sent_at) AS interventions,
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
    COMMENT COLUMN attempts_after 'Attempts within a day of one, counted for each.',
    COMMENT COLUMN right_after 'Right ones among them.',
    COMMENT COLUMN came_back 'Whether an attempt came between an hour and seven days after one.';

CREATE OR REPLACE VIEW ${database}.agg_experiment_arms${on_cluster} AS
SELECT
    experiment,
    pair.1 AS outcome,
    arm,
    count() AS learners,
    sum(pair.2) AS total,
    sum(pair.2 * pair.2) AS squares
FROM ${database}.agg_experiment_learners
ARRAY JOIN arrayFilter(each -> NOT isNaN(each.2), [('right_share', right_after / attempts_after), ('came_back', toFloat64(came_back))]) AS pair
GROUP BY experiment, outcome, arm
COMMENT 'Learners, sum and sum of squares of what followed, by experiment, outcome and arm: what effects are made of.';

ALTER TABLE ${database}.agg_experiment_arms${on_cluster}
    COMMENT COLUMN experiment 'Key of the experiment.',
    COMMENT COLUMN arm 'treated or held_out.',
    COMMENT COLUMN outcome 'right_share: share of right attempts within a day; came_back: a return within seven days (guardrail).',
    COMMENT COLUMN learners 'Learners with this outcome.',
    COMMENT COLUMN total 'Sum over learners.',
    COMMENT COLUMN squares 'Sum of squares over learners.';

CREATE OR REPLACE VIEW ${database}.agg_experiment_effects${on_cluster} AS
SELECT
    experiment,
    outcome,
    sumIf(learners, arm = 'treated') AS treated,
    sumIf(learners, arm = 'held_out') AS held_out,
    sumIf(total, arm = 'treated') / treated AS treated_mean,
    sumIf(total, arm = 'held_out') / held_out AS held_out_mean,
    greatest(greatest(sumIf(squares, arm = 'treated') - treated * treated_mean * treated_mean, 0) / (treated - 1), 0.000001) / treated
        + greatest(greatest(sumIf(squares, arm = 'held_out') - held_out * held_out_mean * held_out_mean, 0) / (held_out - 1), 0.000001) / held_out AS variance,
    treated_mean - held_out_mean AS effect,
    sqrt(variance * (variance + 0.01) / 0.01 * (2 * log(1 / 0.05) + log((variance + 0.01) / variance))) AS half,
    effect - half AS low,
    effect + half AS high
FROM ${database}.agg_experiment_arms
GROUP BY experiment, outcome
HAVING treated >= 20 AND held_out >= 20
COMMENT 'Effect of each experiment on each outcome with its always-valid interval of 95 %: it may be looked at every day.';

ALTER TABLE ${database}.agg_experiment_effects${on_cluster}
    COMMENT COLUMN experiment 'Key of the experiment.',
    COMMENT COLUMN outcome 'What followed, as in agg_experiment_arms.',
    COMMENT COLUMN treated 'Learners with the intervention.',
    COMMENT COLUMN held_out 'Learners without.',
    COMMENT COLUMN treated_mean 'Mean over learners with the intervention.',
    COMMENT COLUMN held_out_mean 'Mean over learners without.',
    COMMENT COLUMN variance 'Of the difference of the means.',
    COMMENT COLUMN effect 'treated_mean less held_out_mean.',
    COMMENT COLUMN half 'Half the width of the interval (mixture sequential probability ratio test).',
    COMMENT COLUMN low 'Lower end; above 0, the experiment may stop: it works.',
    COMMENT COLUMN high 'Upper end; below 0, it must stop: it harms.';
