-- As in 0017, but that one reward alone says nothing of how far off its value is: it seemed exact.
CREATE OR REPLACE VIEW ${database}.agg_layers${on_cluster} AS
SELECT
    tenant_id,
    task,
    layer,
    weight,
    count() AS rewards,
    avg(reward) AS value,
    if(count() > 1, stddevSamp(reward) / sqrt(count()), NULL) AS value_error,
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
    COMMENT COLUMN value_error 'Standard error of the mean; empty of a single reward.',
    COMMENT COLUMN token_share 'Mean share of the prompt''s tokens that the layer got.';
