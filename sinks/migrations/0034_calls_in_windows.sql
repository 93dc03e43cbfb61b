-- Calls are requests that were sent, as in fact_calls. Workers of before counted what was not called (breaker open, left
-- out) among them, as calls_open and calls_skipped; no worker writes both these and not_called_open or _skipped for one
-- record, so each window says by itself what to take off.
ALTER TABLE ${database}.raw_final_windows${on_cluster}
    ADD COLUMN IF NOT EXISTS not_called Int64 COMMENT 'Times that a provider was not called: its breaker was open, or it was left out.' CODEC(T64, ZSTD(1)) AFTER calls_ok;

ALTER TABLE ${database}.raw_final_windows${on_cluster}
    COMMENT COLUMN calls 'Requests sent to a provider.',
    COMMENT COLUMN source_partition 'The partition whose records it counts.';

ALTER TABLE ${database}.feed_final_windows${on_cluster} MODIFY QUERY
SELECT
    tenant_id,
    kind,
    dimension,
    window_s,
    toDateTime(window_start, 'UTC') AS window_start,
    source_partition,
    counts['events'] AS events,
    counts['attempts'] AS attempts,
    counts['correct'] AS correct,
    counts['hints'] AS hints,
    counts['responses'] AS responses,
    counts['calls'] - counts['calls_open'] - counts['calls_skipped'] AS calls,
    counts['calls_ok'] AS calls_ok,
    counts['not_called_open'] + counts['not_called_skipped'] + counts['calls_open'] + counts['calls_skipped'] AS not_called,
    counts['prompt_tokens'] AS prompt_tokens,
    counts['completion_tokens'] AS completion_tokens,
    sums['cost_usd'] AS cost_usd,
    late,
    kafka_offset,
    ingested_at
FROM ${database}.raw_aggregates${local}
WHERE final;

-- What came before, counted anew: of rows with one version the last that came stays.
INSERT INTO ${database}.raw_final_windows (
    tenant_id, kind, dimension, window_s, window_start, source_partition, events, attempts, correct, hints,
    responses, calls, calls_ok, not_called, prompt_tokens, completion_tokens, cost_usd, late, kafka_offset, ingested_at
)
SELECT
    tenant_id, kind, dimension, window_s, toDateTime(window_start, 'UTC'), source_partition,
    counts['events'], counts['attempts'], counts['correct'], counts['hints'], counts['responses'],
    counts['calls'] - counts['calls_open'] - counts['calls_skipped'], counts['calls_ok'],
    counts['not_called_open'] + counts['not_called_skipped'] + counts['calls_open'] + counts['calls_skipped'],
    counts['prompt_tokens'], counts['completion_tokens'], sums['cost_usd'], late, kafka_offset, ingested_at
FROM ${database}.raw_aggregates
WHERE final AND kind IN ('provider', 'version') AND counts['calls_open'] + counts['calls_skipped'] > 0
SETTINGS max_partitions_per_insert_block = 0;

CREATE OR REPLACE VIEW ${database}.fact_final_windows${on_cluster} AS
SELECT *
FROM ${database}.raw_final_windows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Closed windows with their counts as columns, one row for each partition that had records: sum them. For dashboards.';

ALTER TABLE ${database}.raw_aggregates${on_cluster}
    COMMENT COLUMN kind 'What is aggregated: concept, provider, version, emotion, course, tenant.',
    COMMENT COLUMN counts 'Whole numbers: events, attempts, correct, responses, calls (requests sent to a provider), calls_ok, not_called_open, not_called_skipped, …; where there are calls_open or calls_skipped, of workers of before, take them off the calls.',
    COMMENT COLUMN source_partition 'The partition whose records it counts; readers add partitions up.';

ALTER TABLE ${database}.fact_aggregates${on_cluster}
    COMMENT COLUMN kind 'What is aggregated: concept, provider, version, emotion, course, tenant.',
    COMMENT COLUMN counts 'Whole numbers: events, attempts, correct, responses, calls (requests sent to a provider), calls_ok, not_called_open, not_called_skipped, …; where there are calls_open or calls_skipped, of workers of before, take them off the calls.',
    COMMENT COLUMN source_partition 'The partition whose records it counts; readers add partitions up.';

-- No record counts several partitions.
CREATE OR REPLACE VIEW ${database}.fact_windows${on_cluster} AS
SELECT
    tenant_id,
    kind,
    dimension,
    window_start,
    window_s,
    toBool(min(final)) AS final,
    sum(revision) AS revision,
    count() AS partials,
    sumMap(counts) AS counts,
    sumMap(sums) AS sums,
    groupArray(sketches) AS sketches,
    sum(late) AS late
FROM (
    SELECT *
    FROM ${database}.raw_aggregates
    ORDER BY tenant_id, kind, dimension, window_s, window_start, source_partition, final DESC, revision DESC, kafka_offset
    LIMIT 1 BY tenant_id, kind, dimension, window_s, window_start, source_partition
)
GROUP BY tenant_id, kind, dimension, window_s, window_start
COMMENT 'Windows over all partitions, each by its final records, or by their latest updates until there are some.';

ALTER TABLE ${database}.fact_windows${on_cluster}
    COMMENT COLUMN final 'True when every partition that had records has closed the window.',
    COMMENT COLUMN partials 'Partitions that had records.',
    COMMENT COLUMN sketches 'Mergeable sketches, by figure, one map for each partition.';

ALTER TABLE ${database}.raw_responses${on_cluster}
    COMMENT COLUMN tries 'Each call made, in order, and why a provider was not called: open (its breaker), skipped (its budget, or a prompt too long for it).';

ALTER TABLE ${database}.fact_responses${on_cluster}
    COMMENT COLUMN tries 'Each call made, in order, and why a provider was not called: open (its breaker), skipped (its budget, or a prompt too long for it).';
