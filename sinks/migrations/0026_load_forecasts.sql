CREATE TABLE IF NOT EXISTS ${database}.raw_load_forecasts${on_cluster} (
    kind LowCardinality(String) COMMENT 'What is forecast: messages, attempts, or cost_usd, the cost of replies in US dollars.',
    made_at DateTime('UTC') COMMENT 'Whole minute at which the forecast was made; the 60 minutes that it is of begin here.' CODEC(Delta, ZSTD(1)),
    expected Float64 COMMENT 'Expected total of the 60 minutes.' CODEC(ZSTD(1)),
    low Float64 COMMENT 'Lower end of the interval of 90 %.' CODEC(ZSTD(1)),
    high Float64 COMMENT 'Upper end of the interval.' CODEC(ZSTD(1)),
    yesterday Nullable(Float64) COMMENT 'What the rule says: the total of the same 60 minutes a day before; empty where less than a day was known.' CODEC(ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row came to be here; retention counts from this.' CODEC(ZSTD(1)),
    version UInt64 MATERIALIZED bitNot(toUInt64(toUnixTimestamp64Milli(ingested_at))) COMMENT 'Grows the earlier the row came, so that merges keep the first of a minute.' CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}(version)
PARTITION BY toYYYYMM(made_at)
ORDER BY (kind, made_at)
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY
COMMENT 'Forecasts of load and cost, as they were stored before their outcome. Those of several processes for one minute included.';

CREATE OR REPLACE VIEW ${database}.fact_load_forecasts${on_cluster} AS
SELECT
    *
FROM ${database}.raw_load_forecasts
ORDER BY kind, made_at, ingested_at
LIMIT 1 BY kind, made_at
COMMENT 'Forecasts of load and cost, as they were stored before their outcome: the first of each minute.';

-- Minutes are those of the broker and copies count, as in the hours that the forecasts are made from. Rows come later
-- than their records: an hour counts as over a quarter of an hour after it.
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
        SELECT 'cost_usd', toStartOfMinute(toDateTime(kafka_appended_at)) AS minute, false, 0, 0, 0, NULL, toFloat64(sum(cost_usd))
        FROM ${database}.raw_responses
        GROUP BY minute
    )
)
WHERE forecast AND minute <= now() - INTERVAL 75 MINUTE
COMMENT 'Stored forecasts of load and cost whose 60 minutes are over, with what came in them.';

ALTER TABLE ${database}.fact_load_outcomes${on_cluster}
    COMMENT COLUMN came 'What came in the 60 minutes: records that the broker took in them, copies too, or the cost of such replies.';

CREATE OR REPLACE VIEW ${database}.agg_load_forecast_scores${on_cluster} AS
SELECT
    kind,
    toDate(made_at) AS day,
    count() AS forecasts,
    avg(came) AS mean_came,
    avg(abs(expected - came)) AS mean_absolute_error,
    avg(abs(yesterday - came)) AS yesterday_mean_absolute_error,
    avg(came BETWEEN low AND high) AS held_share
FROM ${database}.fact_load_outcomes
GROUP BY kind, day
COMMENT 'How good the forecasts of load and cost were on each day, beside the rule that the next hour is like the same one yesterday.';

ALTER TABLE ${database}.agg_load_forecast_scores${on_cluster}
    COMMENT COLUMN day 'Day on which the forecasts were made, UTC.',
    COMMENT COLUMN forecasts 'Forecasts whose 60 minutes are over; those of minutes side by side share most of their outcome.',
    COMMENT COLUMN mean_came 'Mean of what came in 60 minutes.',
    COMMENT COLUMN mean_absolute_error 'Mean distance of what was expected and what came.',
    COMMENT COLUMN yesterday_mean_absolute_error 'The same of the rule, over the forecasts at which it said something; empty where it never did.',
    COMMENT COLUMN held_share 'Share of the forecasts whose interval held what came; 0.9 is right.';
