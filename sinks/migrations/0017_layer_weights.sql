ALTER TABLE ${database}.raw_responses${on_cluster}
    ADD COLUMN IF NOT EXISTS layer_weights Map(LowCardinality(String), Float64) COMMENT 'What each context layer''s values were multiplied by.' CODEC(ZSTD(1)) AFTER cache;

ALTER TABLE ${database}.raw_rewards${on_cluster}
    ADD COLUMN IF NOT EXISTS layer_weights Map(LowCardinality(String), Float64) COMMENT 'What each context layer''s values were multiplied by.' CODEC(ZSTD(1)) AFTER layers;

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

CREATE OR REPLACE VIEW ${database}.fact_rewards${on_cluster} AS
SELECT
    *
FROM ${database}.raw_rewards
ORDER BY tenant_id, learner_id, event_id, kafka_offset
LIMIT 1 BY tenant_id, learner_id, event_id
COMMENT 'What came of each routing and context decision. Each once.';

CREATE OR REPLACE VIEW ${database}.agg_layers${on_cluster} AS
SELECT
    tenant_id,
    task,
    layer,
    weight,
    count() AS rewards,
    avg(reward) AS value,
    if(count() > 1, stddevSamp(reward) / sqrt(count()), 0) AS value_error,
    avg(share) AS token_share
FROM
(
    SELECT tenant_id, task, value AS reward, layer, weight, layers[layer] AS share
    FROM ${database}.fact_rewards
    ARRAY JOIN mapKeys(layer_weights) AS layer, mapValues(layer_weights) AS weight
    WHERE hasAny(mapKeys(components), ['outcome', 'feedback', 'confusion_resolved'])
)
GROUP BY tenant_id, task, layer, weight
COMMENT 'What followed replies by the weight that each context layer had: how much a layer is worth for a task.';

ALTER TABLE ${database}.agg_layers${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN task 'The message''s intent.',
    COMMENT COLUMN layer 'The context layer.',
    COMMENT COLUMN weight 'What the layer''s values were multiplied by: 0.5, 1 or 2.',
    COMMENT COLUMN rewards 'Rewards that say something of the reply.',
    COMMENT COLUMN value 'Their mean, -1 to 1.',
    COMMENT COLUMN value_error 'Standard error of the mean.',
    COMMENT COLUMN token_share 'Mean share of the prompt''s tokens that the layer got.';
