-- Facts and dimensions over the views that count each event once.
CREATE OR REPLACE VIEW ${database}.fact_calls${on_cluster} AS
SELECT
    tenant_id, learner_id, session_id, course_id, sent_at, message_id, response_id, task, call_number,
    call.provider AS called_provider, call.model AS called_model, call.outcome AS outcome, call.error AS error,
    call.elapsed_ms AS elapsed_ms,
    toBool(call_number = length(tries) AND source = 'PROVIDER') AS answered
FROM ${database}.fact_responses
ARRAY JOIN tries AS call, arrayEnumerate(tries) AS call_number
COMMENT 'Calls of providers, the failed ones too: one row for each.';

ALTER TABLE ${database}.fact_calls${on_cluster}
    COMMENT COLUMN call_number 'Number of the call among those for the response, from 1.',
    COMMENT COLUMN called_provider 'The provider that was called.',
    COMMENT COLUMN called_model 'The model that was called.',
    COMMENT COLUMN outcome 'ok, or what went wrong.',
    COMMENT COLUMN error 'The error, where there was one.',
    COMMENT COLUMN elapsed_ms 'Time the call took, milliseconds.',
    COMMENT COLUMN answered 'True for the call whose reply the learner read.';

CREATE OR REPLACE VIEW ${database}.fact_expectations${on_cluster} AS
SELECT
    event_id, tenant_id, learner_id, session_id, course_id, sent_at, message_id, concept_id, item_id, model, predicted, outcome,
    pow(predicted - outcome, 2) AS squared_error
FROM ${database}.fact_learning_events
WHERE kind = 'attempt_predicted'
COMMENT 'What the tutor expected of each graded attempt before it, and what came.';

ALTER TABLE ${database}.fact_expectations${on_cluster}
    COMMENT COLUMN squared_error 'Squared difference of the two; its mean is the Brier score.';

CREATE OR REPLACE VIEW ${database}.fact_mastery${on_cluster} AS
SELECT event_id, tenant_id, learner_id, session_id, course_id, sent_at, message_id, concept_id, toBool(kind = 'concept_mastered') AS gained, value
FROM ${database}.fact_learning_events
WHERE kind IN ('concept_mastered', 'concept_lost')
COMMENT 'Concepts that learners came to master, or lost.';

ALTER TABLE ${database}.fact_mastery${on_cluster}
    COMMENT COLUMN gained 'True when the concept was mastered, false when mastery was lost.';

CREATE OR REPLACE VIEW ${database}.fact_states${on_cluster} AS
SELECT event_id, tenant_id, learner_id, session_id, course_id, sent_at, message_id, model, state, probability
FROM ${database}.fact_emotions
ARRAY JOIN mapKeys(states) AS state, mapValues(states) AS probability
COMMENT 'Learning states of each message: one row for each state.';

ALTER TABLE ${database}.fact_states${on_cluster}
    COMMENT COLUMN state 'frustrated, confused, bored, engaged, anxious or confident.',
    COMMENT COLUMN probability 'Probability of that state, 0 to 1.';

CREATE OR REPLACE VIEW ${database}.dim_learner_concepts${on_cluster} AS
SELECT
    tenant_id, learner_id, sent_at, concept.concept_id AS concept_id, concept.attempts AS attempts,
    concept.correct AS correct, concept.p_correct AS p_correct, concept.uncertainty AS uncertainty,
    concept.mastered AS mastered, concept.last_attempt_at AS last_attempt_at,
    concept.retrievability AS retrievability, concept.due_at AS due_at
FROM ${database}.dim_learners
ARRAY JOIN concepts AS concept
COMMENT 'What the tutor knows now of each learner and concept.';

ALTER TABLE ${database}.dim_learner_concepts${on_cluster}
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN attempts 'Graded attempts at it so far.',
    COMMENT COLUMN correct 'Right ones among them.',
    COMMENT COLUMN p_correct 'Probability that the next answer is right.',
    COMMENT COLUMN uncertainty 'Standard error of p_correct.',
    COMMENT COLUMN mastered 'Whether it counts as mastered.',
    COMMENT COLUMN last_attempt_at 'When it was last tried.',
    COMMENT COLUMN retrievability 'Probability that it is still remembered.',
    COMMENT COLUMN due_at 'When a review is due.';

CREATE OR REPLACE VIEW ${database}.dim_concepts${on_cluster} AS
SELECT
    tenant_id, concept_id,
    uniqExact(item_id) AS items, uniqExact(learner_id) AS learners, count() AS attempts,
    countIf(a.correct) AS right_answers, right_answers / attempts AS success,
    quantileExactLow(0.5)(a.duration_ms) AS median_ms, avg(a.hints_used) AS hints_per_attempt,
    min(a.sent_at) AS first_at, max(a.sent_at) AS last_at
FROM ${database}.fact_attempts AS a
GROUP BY tenant_id, concept_id
COMMENT 'Concepts by tenant, from graded attempts.';

ALTER TABLE ${database}.dim_concepts${on_cluster}
    COMMENT COLUMN concept_id 'The concept.',
    COMMENT COLUMN items 'Items tried.',
    COMMENT COLUMN learners 'Learners who tried.',
    COMMENT COLUMN attempts 'Graded attempts.',
    COMMENT COLUMN right_answers 'Right ones among them.',
    COMMENT COLUMN success 'right_answers / attempts.',
    COMMENT COLUMN median_ms 'Median time from seeing the item to the answer, milliseconds; null where no app sends it.',
    COMMENT COLUMN hints_per_attempt 'Mean number of hints.',
    COMMENT COLUMN first_at 'First attempt.',
    COMMENT COLUMN last_at 'Last attempt.';

CREATE OR REPLACE VIEW ${database}.dim_items${on_cluster} AS
SELECT
    tenant_id, item_id, argMax(a.concept_id, (a.sent_at, a.event_id)) AS concept_id,
    uniqExact(learner_id) AS learners, count() AS attempts,
    countIf(a.correct) AS right_answers, right_answers / attempts AS success,
    quantileExactLow(0.5)(a.duration_ms) AS median_ms, avg(a.hints_used) AS hints_per_attempt,
    min(a.sent_at) AS first_at, max(a.sent_at) AS last_at
FROM ${database}.fact_attempts AS a
GROUP BY tenant_id, item_id
COMMENT 'Items by tenant, from graded attempts.';

ALTER TABLE ${database}.dim_items${on_cluster}
    COMMENT COLUMN item_id 'The item.',
    COMMENT COLUMN concept_id 'The concept that it practises, by the latest attempt.',
    COMMENT COLUMN learners 'Learners who tried.',
    COMMENT COLUMN attempts 'Graded attempts.',
    COMMENT COLUMN right_answers 'Right ones among them.',
    COMMENT COLUMN success 'right_answers / attempts.',
    COMMENT COLUMN median_ms 'Median time from seeing the item to the answer, milliseconds; null where no app sends it.',
    COMMENT COLUMN hints_per_attempt 'Mean number of hints.',
    COMMENT COLUMN first_at 'First attempt.',
    COMMENT COLUMN last_at 'Last attempt.';

CREATE OR REPLACE VIEW ${database}.dim_sessions${on_cluster} AS
SELECT
    tenant_id, learner_id, session_id,
    argMin(d.course_id, d.sent_at) AS course_id, min(d.sent_at) AS started_at, max(d.sent_at) AS ended_at,
    dateDiff('second', started_at, ended_at) AS seconds,
    countIf(tried = 0) AS messages, sum(tried) AS attempts, sum(right) AS right_answers
FROM (
    SELECT tenant_id, learner_id, session_id, course_id, sent_at, 0 AS tried, 0 AS right
    FROM ${database}.fact_messages
    UNION ALL
    SELECT tenant_id, learner_id, session_id, course_id, sent_at, 1 AS tried, toUInt8(correct) AS right
    FROM ${database}.fact_attempts
) AS d
WHERE session_id IS NOT NULL
GROUP BY tenant_id, learner_id, session_id
COMMENT 'Sittings, from messages and graded attempts.';

ALTER TABLE ${database}.dim_sessions${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN learner_id 'The learner within the tenant.',
    COMMENT COLUMN session_id 'The sitting.',
    COMMENT COLUMN course_id 'The course it began in, where there is one.',
    COMMENT COLUMN started_at 'First message or attempt.',
    COMMENT COLUMN ended_at 'Last message or attempt.',
    COMMENT COLUMN seconds 'From the first to the last.',
    COMMENT COLUMN messages 'Messages.',
    COMMENT COLUMN attempts 'Graded attempts.',
    COMMENT COLUMN right_answers 'Right ones among them.';

CREATE OR REPLACE VIEW ${database}.dim_courses${on_cluster} AS
SELECT
    tenant_id, assumeNotNull(course_id) AS course_id,
    uniqExact(learner_id) AS learners, countIf(tried = 0) AS messages, sum(tried) AS attempts,
    sum(right) AS right_answers, min(d.sent_at) AS first_at, max(d.sent_at) AS last_at
FROM (
    SELECT tenant_id, learner_id, session_id, course_id, sent_at, 0 AS tried, 0 AS right
    FROM ${database}.fact_messages
    UNION ALL
    SELECT tenant_id, learner_id, session_id, course_id, sent_at, 1 AS tried, toUInt8(correct) AS right
    FROM ${database}.fact_attempts
) AS d
WHERE d.course_id IS NOT NULL
GROUP BY tenant_id, d.course_id
COMMENT 'Courses by tenant, from messages and graded attempts.';

ALTER TABLE ${database}.dim_courses${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN course_id 'The course.',
    COMMENT COLUMN learners 'Learners who wrote or tried.',
    COMMENT COLUMN messages 'Messages.',
    COMMENT COLUMN attempts 'Graded attempts.',
    COMMENT COLUMN right_answers 'Right ones among them.',
    COMMENT COLUMN first_at 'First message or attempt.',
    COMMENT COLUMN last_at 'Last message or attempt.';

CREATE OR REPLACE VIEW ${database}.dim_providers${on_cluster} AS
SELECT
    called_provider AS provider,
    arraySort(groupUniqArrayIf(called_model, called_model != '')) AS models,
    count() AS calls, countIf(outcome != 'ok') AS failed, countIf(answered) AS replies,
    quantileExactLowIf(0.5)(elapsed_ms, outcome = 'ok') AS median_ms,
    min(c.sent_at) AS first_at, max(c.sent_at) AS last_at
FROM ${database}.fact_calls AS c
GROUP BY provider
COMMENT 'Providers, from their calls over all tenants.';

ALTER TABLE ${database}.dim_providers${on_cluster}
    COMMENT COLUMN provider 'The provider.',
    COMMENT COLUMN models 'Models that were called.',
    COMMENT COLUMN calls 'Calls.',
    COMMENT COLUMN failed 'Calls that gave no reply.',
    COMMENT COLUMN replies 'Replies that learners read.',
    COMMENT COLUMN median_ms 'Median time of the calls that gave a reply, milliseconds.',
    COMMENT COLUMN first_at 'Event time of the first message it was called for.',
    COMMENT COLUMN last_at 'Event time of the last message it was called for.';
