-- The questions of sinks/queries/dashboard.sql, answered by counting the events themselves, each once: its first copy
-- is the one with an offset below {events:UInt64}. No view and no window is read.

-- name: learner_success_by_concept
SELECT concept_id, count() AS attempts, countIf(outcome = 1) AS correct, round(correct / attempts, 4) AS success
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
    AND kafka_offset < {events:UInt64}
GROUP BY concept_id
ORDER BY concept_id;

-- name: learner_last_attempts
SELECT sent_at, concept_id, item_id, outcome, predicted
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
    AND kafka_offset < {events:UInt64}
ORDER BY sent_at DESC, event_id
LIMIT 20;

-- name: learner_days
SELECT toDate(sent_at) AS day, countIf(kind = 'attempt_predicted') AS attempts,
       countIf(kind = 'attempt_predicted' AND outcome = 1) AS correct,
       countIf(kind = 'concept_mastered') AS mastered, uniqExact(session_id) AS sessions
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kafka_offset < {events:UInt64}
GROUP BY day
ORDER BY day;

-- name: learner_predictions
SELECT concept_id, count() AS attempts, round(avg(predicted), 4) AS expected, round(avg(outcome), 4) AS came,
       round(avg(pow(predicted - outcome, 2)), 4) AS brier
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
    AND kafka_offset < {events:UInt64}
GROUP BY concept_id
ORDER BY concept_id;

-- name: last_hour_by_minute
SELECT toStartOfMinute(sent_at) AS minute, count() AS attempts, countIf(outcome = 1) AS correct
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 1 HOUR AND sent_at < {until:DateTime('UTC')}
GROUP BY minute
ORDER BY minute;

-- name: last_day_by_hour
SELECT toStartOfHour(sent_at) AS hour, count() AS attempts, countIf(outcome = 1) AS correct,
       round(correct / attempts, 4) AS success
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 1 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY hour
ORDER BY hour;

-- name: last_month_by_day
SELECT toDate(sent_at) AS day, count() AS attempts, countIf(outcome = 1) AS correct
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 30 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY day
ORDER BY day;

-- name: concepts_last_day
SELECT concept_id AS concept, count() AS attempts, countIf(outcome = 1) AS correct,
       round(correct / attempts, 4) AS success
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 1 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY concept
ORDER BY concept;

-- name: hardest_concepts_last_week
SELECT concept_id AS concept, count() AS attempts, round(countIf(outcome = 1) / attempts, 4) AS success
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY concept
ORDER BY success, concept
LIMIT 5;

-- name: concept_last_week_by_hour
SELECT toStartOfHour(sent_at) AS hour, count() AS attempts, countIf(outcome = 1) AS correct
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND concept_id = {concept:String}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY hour
ORDER BY hour;

-- name: courses_last_week_by_day
SELECT course_id AS course, toDate(sent_at) AS day, count() AS attempts, countIf(outcome = 1) AS correct
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY course, day
ORDER BY course, day;

-- name: concepts_against_the_week_before
SELECT concept_id AS concept,
       countIf(sent_at >= {until:DateTime('UTC')} - INTERVAL 7 DAY) AS attempts,
       round(countIf(outcome = 1 AND sent_at >= {until:DateTime('UTC')} - INTERVAL 7 DAY) / attempts, 4) AS success,
       countIf(sent_at < {until:DateTime('UTC')} - INTERVAL 7 DAY) AS attempts_before,
       round(countIf(outcome = 1 AND sent_at < {until:DateTime('UTC')} - INTERVAL 7 DAY) / attempts_before, 4)
           AS success_before
FROM raw_learning_events
WHERE tenant_id = {tenant:String} AND kind = 'attempt_predicted' AND kafka_offset < {events:UInt64}
    AND sent_at >= {until:DateTime('UTC')} - INTERVAL 14 DAY AND sent_at < {until:DateTime('UTC')}
GROUP BY concept
ORDER BY concept;
