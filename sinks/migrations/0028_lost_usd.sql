ALTER TABLE ${database}.raw_responses${on_cluster}
    ADD COLUMN IF NOT EXISTS lost_usd Decimal(18, 9) COMMENT 'Of the message''s other calls: those that failed, were given up or came too late. Budgets count both, US dollars.' CODEC(ZSTD(1)) AFTER cost_usd;

ALTER TABLE ${database}.raw_responses${on_cluster}
    COMMENT COLUMN cost_usd 'Of the call that gave the reply, by the prices in providers.yaml, US dollars.';

CREATE OR REPLACE VIEW ${database}.fact_responses${on_cluster} AS
SELECT
    *,
    dateDiff('microsecond', appended_at, kafka_appended_at) / 1000 AS latency_ms,
    latency_ms - provider_ms AS pipeline_ms
FROM ${database}.raw_responses
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'The answer to each message, with what it cost and the record that explains it. Each once.';

ALTER TABLE ${database}.fact_responses${on_cluster}
    COMMENT COLUMN latency_ms 'From the broker taking the message to the broker taking the response, milliseconds.',
    COMMENT COLUMN pipeline_ms 'latency_ms without the time spent waiting for providers, milliseconds.';

-- As in 0026, but for the cost: calls that did not give the reply are paid for too.
CREATE OR REPLACE VIEW ${database}.fact_load_outcomes${on_cluster} AS
SELECT kind, minute AS made_at, expected, low, high, yesterday, came
FROM (
    SELECT *, sum(total) OVER (PARTITION BY kind ORDER BY minute RANGE BETWEEN CURRENT ROW AND 3599 FOLLOWING) AS came
    FROM (
        SELECT kind, made_at AS minute, true AS forecast, expected, low, high, yesterday, toFloat64(0) AS total
        FROM ${database}.fact_load_forecasts
        UNION ALL
        SELECT 'messages', toStartOfMinute(toDateTime(kafka_appended_at)) AS minute, false, 0, 0, 0, NULL, toFloat64(count())
        FROM ${database}.raw_messages
        GROUP BY minute
        UNION ALL
        SELECT 'attempts', toStartOfMinute(toDateTime(kafka_appended_at)) AS minute, false, 0, 0, 0, NULL, toFloat64(count())
        FROM ${database}.raw_attempts
        GROUP BY minute
        UNION ALL
        SELECT 'cost_usd', toStartOfMinute(toDateTime(kafka_appended_at)) AS minute, false, 0, 0, 0, NULL, toFloat64(sum(cost_usd + lost_usd))
        FROM ${database}.raw_responses
        GROUP BY minute
    )
)
WHERE forecast AND minute <= now() - INTERVAL 75 MINUTE
COMMENT 'Stored forecasts of load and cost whose 60 minutes are over, with what came in them.';

ALTER TABLE ${database}.fact_load_outcomes${on_cluster}
    COMMENT COLUMN came 'What came in the 60 minutes: records that the broker took in them, copies too, or the cost of such replies and of the calls before them.';
