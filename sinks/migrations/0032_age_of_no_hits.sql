-- As in 0015, but for the age: of no hits it was not a number, and so was every sum over it.
CREATE OR REPLACE VIEW ${database}.agg_reply_cache${on_cluster} AS
SELECT
    r.tenant_id AS tenant_id,
    toDate(r.sent_at) AS day,
    count() AS replies,
    countIf(r.source = 'CACHE') AS hits,
    hits / replies AS hit_ratio,
    countIf(JSONExtractString(r.cache, 'kind') = 'semantic') AS paraphrases,
    countIf(JSONExtractString(r.cache, 'scope') = 'tenant') AS shared,
    avgOrNullIf(JSONExtractFloat(r.cache, 'age_s'), r.source = 'CACHE') AS age_s,
    countIf(r.source = 'CACHE' AND f.good) AS hits_liked,
    countIf(r.source = 'CACHE' AND f.bad) AS hits_disliked,
    countIf(r.source = 'PROVIDER' AND f.good) AS provider_liked,
    countIf(r.source = 'PROVIDER' AND f.bad) AS provider_disliked
FROM ${database}.fact_responses AS r
LEFT JOIN
(
    SELECT
        tenant_id,
        learner_id,
        message_id,
        max(kind = 'HELPFUL' OR ifNull(rating, 3) > 3) AS good,
        max(kind IN ('UNHELPFUL', 'CONFUSED') OR ifNull(rating, 3) < 3) AS bad
    FROM ${database}.fact_feedback
    GROUP BY tenant_id, learner_id, message_id
) AS f ON f.tenant_id = r.tenant_id AND f.learner_id = r.learner_id AND f.message_id = r.message_id
GROUP BY tenant_id, day
COMMENT 'The reply cache by tenant and day: how often it answers, how old its replies are, and how learners judge them beside those of providers.';

ALTER TABLE ${database}.agg_reply_cache${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN day 'Day of the replies, UTC, by their event time.',
    COMMENT COLUMN replies 'Replies of every source.',
    COMMENT COLUMN hits 'Replies from the cache.',
    COMMENT COLUMN hit_ratio 'hits / replies.',
    COMMENT COLUMN paraphrases 'Hits whose question was worded differently before.',
    COMMENT COLUMN shared 'Hits on replies made without anything of a learner.',
    COMMENT COLUMN age_s 'Mean age of the hits, seconds; empty where there was none.',
    COMMENT COLUMN hits_liked 'Hits with feedback that they helped.',
    COMMENT COLUMN hits_disliked 'Hits with feedback that they did not help or confused.',
    COMMENT COLUMN provider_liked 'Replies of providers with feedback that they helped.',
    COMMENT COLUMN provider_disliked 'Replies of providers with feedback that they did not help or confused.';
