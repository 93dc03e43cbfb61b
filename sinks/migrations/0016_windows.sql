-- Final windows alone, their counts as plain columns, so that a dashboard reads little.
CREATE TABLE IF NOT EXISTS ${database}.raw_final_windows${on_cluster} (
    tenant_id LowCardinality(String) COMMENT 'The tenant, or '''' across tenants.',
    kind LowCardinality(String) COMMENT 'What is aggregated: concept, provider, emotion, course, tenant.',
    dimension String COMMENT 'Which one, such as the concept''s id.' CODEC(ZSTD(1)),
    window_s Int32 COMMENT 'Length of the window, seconds.' CODEC(T64, ZSTD(1)),
    window_start DateTime('UTC') COMMENT 'Start of the window, event time.' CODEC(Delta, ZSTD(1)),
    source_partition Int32 COMMENT 'The partition that the record counts; -1 for a record over all partitions.' CODEC(T64, ZSTD(1)),
    events Int64 COMMENT 'Records counted.' CODEC(T64, ZSTD(1)),
    attempts Int64 COMMENT 'Graded attempts.' CODEC(T64, ZSTD(1)),
    correct Int64 COMMENT 'Right ones among them.' CODEC(T64, ZSTD(1)),
    hints Int64 COMMENT 'Hints taken before answers.' CODEC(T64, ZSTD(1)),
    responses Int64 COMMENT 'Answers to messages.' CODEC(T64, ZSTD(1)),
    calls Int64 COMMENT 'Calls of a provider.' CODEC(T64, ZSTD(1)),
    calls_ok Int64 COMMENT 'Calls that gave a reply.' CODEC(T64, ZSTD(1)),
    prompt_tokens Int64 COMMENT 'Tokens of prompts.' CODEC(T64, ZSTD(1)),
    completion_tokens Int64 COMMENT 'Tokens of replies.' CODEC(T64, ZSTD(1)),
    cost_usd Float64 COMMENT 'Cost of replies, US dollars.' CODEC(ZSTD(1)),
    late Int64 COMMENT 'Records that came after the grace period and were not counted.' CODEC(T64, ZSTD(1)),
    kafka_offset Int64 COMMENT 'Offset of the final record; of copies the lowest counts.' CODEC(T64, ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') COMMENT 'When the record came to be here; retention counts from this.' CODEC(ZSTD(1)),
    version UInt64 MATERIALIZED bitNot(toUInt64(kafka_offset)) COMMENT 'Grows as the offset falls, so that merges keep the lowest offset.' CODEC(T64, ZSTD(1))
)
ENGINE = ${engine}(version)
PARTITION BY toMonday(window_start)
ORDER BY (tenant_id, kind, dimension, window_s, window_start, source_partition)
TTL toDateTime(ingested_at) + INTERVAL ${ttl_days} DAY
-- A week that is over becomes one part, in which there are no copies to look for.
SETTINGS non_replicated_deduplication_window = 1000, min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1
COMMENT 'Windows by their final records, one for each partition. Copies included.';

CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.feed_final_windows${on_cluster}
TO ${database}.raw_final_windows${local} AS
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
    counts['calls'] AS calls,
    counts['calls_ok'] AS calls_ok,
    counts['prompt_tokens'] AS prompt_tokens,
    counts['completion_tokens'] AS completion_tokens,
    sums['cost_usd'] AS cost_usd,
    late,
    kafka_offset,
    ingested_at
FROM ${database}.raw_aggregates${local}
WHERE final
COMMENT 'Puts final records of raw_aggregates into raw_final_windows as they come.';

-- What came before the feed was there; what the feed has as well is a copy.
INSERT INTO ${database}.raw_final_windows (
    tenant_id, kind, dimension, window_s, window_start, source_partition, events, attempts, correct, hints,
    responses, calls, calls_ok, prompt_tokens, completion_tokens, cost_usd, late, kafka_offset, ingested_at
)
SELECT
    tenant_id, kind, dimension, window_s, toDateTime(window_start, 'UTC'), source_partition,
    counts['events'], counts['attempts'], counts['correct'], counts['hints'],
    counts['responses'], counts['calls'], counts['calls_ok'], counts['prompt_tokens'], counts['completion_tokens'],
    sums['cost_usd'], late, kafka_offset, ingested_at
FROM ${database}.raw_aggregates
WHERE final
SETTINGS max_partitions_per_insert_block = 0;

CREATE OR REPLACE VIEW ${database}.fact_final_windows${on_cluster} AS
SELECT *
FROM ${database}.raw_final_windows FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Closed windows with their counts as columns, one row for each partition that had records: sum them. For dashboards.';

CREATE OR REPLACE VIEW ${database}.fact_windows${on_cluster} AS
SELECT
    tenant_id,
    kind,
    dimension,
    window_start,
    window_s,
    countIf(source_partition = -1) > 0 AS merged,
    toBool(if(merged, maxIf(final, source_partition = -1), min(final))) AS final,
    if(merged, sumIf(revision, source_partition = -1), sum(revision)) AS revision,
    if(merged, 1, count()) AS partials,
    if(merged, sumMapIf(counts, source_partition = -1), sumMap(counts)) AS counts,
    if(merged, sumMapIf(sums, source_partition = -1), sumMap(sums)) AS sums,
    if(merged, groupArrayIf(sketches, source_partition = -1), groupArray(sketches)) AS sketches,
    if(merged, sumIf(late, source_partition = -1), sum(late)) AS late
FROM (
    SELECT *
    FROM ${database}.raw_aggregates
    ORDER BY tenant_id, kind, dimension, window_s, window_start, source_partition, final DESC, revision DESC, kafka_offset
    LIMIT 1 BY tenant_id, kind, dimension, window_s, window_start, source_partition
)
GROUP BY tenant_id, kind, dimension, window_s, window_start
COMMENT 'Windows over all partitions, each by its final records, or by their latest updates until there are some.';

ALTER TABLE ${database}.fact_windows${on_cluster}
    COMMENT COLUMN merged 'True when a record over all partitions was there; else the partitions'' records were added up here.',
    COMMENT COLUMN final 'True when every partition that had records has closed the window.',
    COMMENT COLUMN partials 'Partitions that had records.',
    COMMENT COLUMN sketches 'Mergeable sketches, by figure, one map for each partition.';
