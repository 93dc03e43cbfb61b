-- What dashboards ask. Parameters: {tenant:String}, {learner:String}, {concept:String} and {until:DateTime('UTC')}, the
-- moment that the page shows, UTC. A query is named by the line above it; `make bench-analytics` times each. What was
-- asked about and not tried has a window too, of no attempts: of nothing there is no share.

-- name: learner_success_by_concept
SELECT concept_id, count() AS attempts, countIf(outcome = 1) AS correct, round(correct / attempts, 4) AS success
FROM fact_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
GROUP BY concept_id
ORDER BY concept_id;

-- name: learner_last_attempts
SELECT sent_at, concept_id, item_id, outcome, predicted
FROM fact_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
ORDER BY sent_at DESC, event_id
LIMIT 20;

-- name: learner_days
SELECT toDate(sent_at) AS day, countIf(kind = 'attempt_predicted') AS attempts,
       countIf(kind = 'attempt_predicted' AND outcome = 1) AS correct,
       countIf(kind = 'concept_mastered') AS mastered, uniqExact(session_id) AS sessions
FROM fact_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String}
GROUP BY day
ORDER BY day;

-- name: learner_predictions
SELECT concept_id, count() AS attempts, round(avg(predicted), 4) AS expected, round(avg(outcome), 4) AS came,
       round(avg(pow(predicted - outcome, 2)), 4) AS brier
FROM fact_learning_events
WHERE tenant_id = {tenant:String} AND learner_id = {learner:String} AND kind = 'attempt_predicted'
GROUP BY concept_id
ORDER BY concept_id;

-- name: last_hour_by_minute
SELECT window_start AS minute, sum(f.attempts) AS attempts, sum(f.correct) AS correct
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'tenant' AND dimension = {tenant:String} AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 1 HOUR AND window_start < {until:DateTime('UTC')}
GROUP BY minute
ORDER BY minute;

-- name: last_day_by_hour
SELECT toStartOfHour(window_start) AS hour, sum(f.attempts) AS attempts, sum(f.correct) AS correct,
       round(correct / nullIf(attempts, 0), 4) AS success
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'tenant' AND dimension = {tenant:String} AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 1 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY hour
ORDER BY hour;

-- name: last_month_by_day
SELECT toDate(window_start) AS day, sum(f.attempts) AS attempts, sum(f.correct) AS correct
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'tenant' AND dimension = {tenant:String} AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 30 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY day
ORDER BY day;

-- name: concepts_last_day
SELECT dimension AS concept, sum(f.attempts) AS attempts, sum(f.correct) AS correct,
       round(correct / nullIf(attempts, 0), 4) AS success
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'concept' AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 1 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY concept
ORDER BY concept;

-- name: hardest_concepts_last_week
SELECT dimension AS concept, sum(f.attempts) AS attempts, round(sum(f.correct) / attempts, 4) AS success
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'concept' AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY concept
HAVING attempts > 0
ORDER BY success, concept
LIMIT 5;

-- name: concept_last_week_by_hour
SELECT toStartOfHour(window_start) AS hour, sum(f.attempts) AS attempts, sum(f.correct) AS correct
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'concept' AND dimension = {concept:String} AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY hour
ORDER BY hour;

-- name: courses_last_week_by_day
SELECT dimension AS course, toDate(window_start) AS day, sum(f.attempts) AS attempts, sum(f.correct) AS correct
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'course' AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 7 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY course, day
ORDER BY course, day;

-- name: concepts_against_the_week_before
SELECT dimension AS concept,
       sumIf(f.attempts, window_start >= {until:DateTime('UTC')} - INTERVAL 7 DAY) AS attempts,
       round(sumIf(f.correct, window_start >= {until:DateTime('UTC')} - INTERVAL 7 DAY) / nullIf(attempts, 0), 4)
           AS success,
       sumIf(f.attempts, window_start < {until:DateTime('UTC')} - INTERVAL 7 DAY) AS attempts_before,
       round(sumIf(f.correct, window_start < {until:DateTime('UTC')} - INTERVAL 7 DAY) / nullIf(attempts_before, 0), 4)
           AS success_before
FROM fact_final_windows AS f
WHERE tenant_id = {tenant:String} AND kind = 'concept' AND window_s = 60
    AND window_start >= {until:DateTime('UTC')} - INTERVAL 14 DAY AND window_start < {until:DateTime('UTC')}
GROUP BY concept
ORDER BY concept;
