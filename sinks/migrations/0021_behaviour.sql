CREATE OR REPLACE VIEW ${database}.fact_patterns${on_cluster} AS
SELECT
    *
FROM ${database}.raw_learning_events
WHERE kind IN ('wheel_spinning', 'rapid_guess', 'help_abuse', 'productive_struggle', 'fading')
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'Patterns of behaviour as they showed: wheel-spinning, rapid guesses, help abuse, productive struggle, fading. Each once.';

CREATE OR REPLACE VIEW ${database}.agg_learner_patterns${on_cluster} AS
SELECT
    tenant_id,
    learner_id,
    countIf(kind = 'attempt_predicted') AS attempts,
    countIf(kind = 'rapid_guess') AS rapid_guesses,
    if(attempts > 0, rapid_guesses / attempts, 0) AS rapid_share,
    countIf(kind = 'help_abuse') AS help_abuses,
    countIf(kind = 'wheel_spinning') AS wheels_spun,
    countIf(kind = 'productive_struggle') AS struggles_won,
    countIf(kind = 'fading') AS fadings
FROM ${database}.fact_learning_events
GROUP BY tenant_id, learner_id
COMMENT 'How often each learner showed each pattern of behaviour.';

ALTER TABLE ${database}.agg_learner_patterns${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN learner_id 'The learner within the tenant.',
    COMMENT COLUMN attempts 'Attempts that the profile took in.',
    COMMENT COLUMN rapid_guesses 'Answers that came too quickly to have been thought about.',
    COMMENT COLUMN rapid_share 'rapid_guesses of attempts.',
    COMMENT COLUMN help_abuses 'Answers before which hints were clicked through.',
    COMMENT COLUMN wheels_spun 'Concepts that ten attempts did not lead to mastery of.',
    COMMENT COLUMN struggles_won 'Concepts that were mastered through errors.',
    COMMENT COLUMN fadings 'Times at which the learner came ever more seldom.';

CREATE OR REPLACE VIEW ${database}.agg_paths_before_mastery${on_cluster} AS
SELECT
    tenant_id,
    concept_id,
    path,
    count() AS masteries,
    uniq(learner_id) AS learners
FROM
(
    SELECT
        mastered.tenant_id AS tenant_id,
        mastered.learner_id AS learner_id,
        mastered.concept_id AS concept_id,
        arrayStringConcat(arrayMap(step -> step.3, arraySlice(arrayFilter(step -> step.1 <= mastered.at, tried.steps), -5))) AS path
    FROM
    (
        SELECT tenant_id, learner_id, assumeNotNull(happened.concept_id) AS concept_id, toUnixTimestamp64Micro(sent_at) AS at
        FROM ${database}.fact_learning_events AS happened
        WHERE kind = 'concept_mastered' AND isNotNull(happened.concept_id)
    ) AS mastered
    INNER JOIN
    (
        SELECT
            tenant_id,
            learner_id,
            toString(concept_id) AS concept_id,
            arraySort(groupArray((toUnixTimestamp64Micro(sent_at), toString(event_id), multiIf(correct AND hints_used > 0, 'H', correct, 'R', 'W')))) AS steps
        FROM ${database}.fact_attempts
        GROUP BY tenant_id, learner_id, concept_id
    ) AS tried
    ON mastered.tenant_id = tried.tenant_id AND mastered.learner_id = tried.learner_id AND toString(mastered.concept_id) = tried.concept_id
)
GROUP BY tenant_id, concept_id, path
COMMENT 'How often each path of the last five attempts on a concept led to its mastery.';

ALTER TABLE ${database}.agg_paths_before_mastery${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN path 'The last five attempts, oldest first: R right, H right with hints, W wrong.',
    COMMENT COLUMN masteries 'Times that the concept was mastered after them.',
    COMMENT COLUMN learners 'Different learners among these.';

CREATE OR REPLACE VIEW ${database}.agg_paths_before_leaving${on_cluster} AS
SELECT
    tenant_id,
    path,
    count() AS sittings,
    uniq(learner_id) AS learners
FROM
(
    SELECT
        tenant_id,
        learner_id,
        arrayStringConcat(arrayMap(step -> step.3, arraySlice(sitting, -5))) AS path
    FROM
    (
        SELECT
            tenant_id,
            learner_id,
            arraySort(groupArray((toUnixTimestamp64Micro(sent_at), toString(event_id), multiIf(correct AND hints_used > 0, 'H', correct, 'R', 'W')))) AS steps,
            arrayMap(step -> step.1, steps) AS times,
            arrayMap((now, before) -> before > 0 AND now - before > 1800000000, times, arrayPushFront(arrayPopBack(times), 0)) AS breaks
        FROM ${database}.fact_attempts
        GROUP BY tenant_id, learner_id
    )
    ARRAY JOIN arraySplit((step, is_break) -> is_break, steps, breaks) AS sitting
)
GROUP BY tenant_id, path
COMMENT 'How often each path of the last five attempts was the end of a sitting: half an hour without an attempt followed.';

ALTER TABLE ${database}.agg_paths_before_leaving${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN path 'The last five attempts, oldest first: R right, H right with hints, W wrong.',
    COMMENT COLUMN sittings 'Sittings that ended so; one that still goes on counts too.',
    COMMENT COLUMN learners 'Different learners among these.';
