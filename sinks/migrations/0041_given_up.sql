-- A call that was given up, as another provider was quicker, gave no reply and has not failed: a healthy provider that is
-- asked second, where the first may be slow, mostly ends so.
CREATE OR REPLACE VIEW ${database}.dim_providers${on_cluster} AS
SELECT
    called_provider AS provider,
    arraySort(groupUniqArrayIf(called_model, called_model != '')) AS models,
    count() AS calls, countIf(outcome NOT IN ('ok', 'cancelled')) AS failed, countIf(outcome = 'cancelled') AS given_up,
    countIf(answered) AS replies,
    quantileExactLowIf(0.5)(elapsed_ms, outcome = 'ok') AS median_ms,
    min(c.sent_at) AS first_at, max(c.sent_at) AS last_at
FROM ${database}.fact_calls AS c
GROUP BY provider
COMMENT 'Providers, from their calls over all tenants.';

ALTER TABLE ${database}.dim_providers${on_cluster}
    COMMENT COLUMN provider 'The provider.',
    COMMENT COLUMN models 'Models that were called.',
    COMMENT COLUMN calls 'Calls.',
    COMMENT COLUMN failed 'Calls that failed.',
    COMMENT COLUMN given_up 'Calls that were given up, as another provider was quicker.',
    COMMENT COLUMN replies 'Replies that learners read.',
    COMMENT COLUMN median_ms 'Median time of the calls that gave a reply, milliseconds.',
    COMMENT COLUMN first_at 'Event time of the first message it was called for.',
    COMMENT COLUMN last_at 'Event time of the last message it was called for.';
