CREATE OR REPLACE VIEW ${database}.agg_concept_outlook${on_cluster} AS
SELECT
    tenant_id,
    concept_id,
    count() AS learners,
    countIf(mastered) AS mastered_now,
    countIf(due_at <= now()) AS due_now,
    avg(p_correct) AS next_right,
    1.96 * sqrt(sum(p_correct * (1 - p_correct))) / learners AS half,
    greatest(next_right - half, 0) AS next_right_low,
    least(next_right + half, 1) AS next_right_high
FROM ${database}.dim_learner_concepts
GROUP BY tenant_id, concept_id
COMMENT 'What is to come of each concept in a class: were each of its learners asked once more, how many would be right.';

ALTER TABLE ${database}.agg_concept_outlook${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN learners 'Learners who tried it.',
    COMMENT COLUMN mastered_now 'Those among them who master it.',
    COMMENT COLUMN due_now 'Those among them with a review due.',
    COMMENT COLUMN next_right 'Expected share of right answers, were each learner asked once more.',
    COMMENT COLUMN half 'Half the width of the interval of 95 % around it: the spread of as many independent answers.',
    COMMENT COLUMN next_right_low 'Lower end of the interval.',
    COMMENT COLUMN next_right_high 'Upper end of the interval.';

CREATE OR REPLACE VIEW ${database}.agg_concept_outlook_scores${on_cluster} AS
SELECT
    tenant_id,
    concept_id,
    toDate(sent_at) AS day,
    count() AS answers,
    avg(predicted) AS expected_right,
    avg(outcome) AS right_share,
    1.96 * sqrt(sum(predicted * (1 - predicted))) / answers AS half,
    abs(right_share - expected_right) <= half AS held
FROM ${database}.fact_expectations
GROUP BY tenant_id, concept_id, day
COMMENT 'What was expected of each concept in a class on each day, before each answer, and what came: the outlook, scored.';

ALTER TABLE ${database}.agg_concept_outlook_scores${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN day 'Day, UTC.',
    COMMENT COLUMN answers 'Graded attempts with a stored prediction.',
    COMMENT COLUMN expected_right 'Mean of the predictions, each made before its answer.',
    COMMENT COLUMN right_share 'Share that was right.',
    COMMENT COLUMN half 'Half the width of the interval of 95 % around what was expected.',
    COMMENT COLUMN held 'Whether the share lay within it; 95 in 100 should.';
