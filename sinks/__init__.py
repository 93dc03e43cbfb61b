"""ClickHouse: the tables that hold every topic's records, the views that analysts read, and the writer.

`raw_<name>` holds each record as it came, copies included: `raw_messages`, `raw_contexts`, `raw_emotions`,
`raw_responses`, `raw_attempts`, `raw_feedback`, `raw_signals`, `raw_profiles`, `raw_interventions`, `raw_rewards`,
`raw_learning_events`, `raw_aggregates`, `raw_dead_letters`, `raw_erasures`.
`fact_<name>` shows each event of them once, by the copy with the lowest offset; filters on `tenant_id` and
`learner_id` reach the primary key through it, filters on time do not. Besides:

- `dim_learners`: each learner's latest profile.
- `fact_windows`: each window over all partitions, by its final record or else its latest update.

Over all learners a `fact_` view has to look at every row for copies; dashboards read `fact_windows`.
"""
