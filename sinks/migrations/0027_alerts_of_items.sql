ALTER TABLE ${database}.raw_alerts${on_cluster}
    COMMENT COLUMN metric 'What has risen: errors (share of failed provider calls), latency (of providers), wrong_answers (share of wrong attempts), wrong_on_item (the same of one item, beside what was expected).';

ALTER TABLE ${database}.fact_alerts${on_cluster}
    COMMENT COLUMN metric 'What has risen: errors (share of failed provider calls), latency (of providers), wrong_answers (share of wrong attempts), wrong_on_item (the same of one item, beside what was expected).';
