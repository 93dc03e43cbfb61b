-- Why a provider was not called (breaker open, left out) stands among the tries, but is no call. The call that answered
-- is not always the last: one that was given up for it may be noted behind it.
CREATE OR REPLACE VIEW ${database}.fact_calls${on_cluster} AS
SELECT
    tenant_id, learner_id, session_id, course_id, sent_at, message_id, response_id, task, call_number,
    call.provider AS called_provider, call.model AS called_model, call.outcome AS outcome, call.error AS error,
    call.elapsed_ms AS elapsed_ms,
    toBool(call_number = answer_number) AS answered
FROM (
    SELECT
        tenant_id, learner_id, session_id, course_id, sent_at, message_id, response_id, task,
        arrayFilter(one -> one.outcome NOT IN ('open', 'skipped'), tries) AS calls,
        if(source = 'PROVIDER', arrayLastIndex(one -> one.outcome = 'ok' AND one.provider = provider, calls), 0) AS answer_number
    FROM ${database}.fact_responses
)
ARRAY JOIN calls AS call, arrayEnumerate(calls) AS call_number
COMMENT 'Calls of providers, the failed ones too: one row for each.';

ALTER TABLE ${database}.fact_calls${on_cluster}
    COMMENT COLUMN call_number 'Number of the call among those for the response, from 1.',
    COMMENT COLUMN called_provider 'The provider that was called.',
    COMMENT COLUMN called_model 'The model that was called.',
    COMMENT COLUMN outcome 'ok, or what went wrong; cancelled: given up, as another provider was quicker.',
    COMMENT COLUMN error 'The error, where there was one.',
    COMMENT COLUMN elapsed_ms 'Time the call took, milliseconds.',
    COMMENT COLUMN answered 'True for the call whose reply the learner read.';
