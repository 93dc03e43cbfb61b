-- Valence and learning states are among these figures: they are emptied with the emotion scores (sinks/retention.py).
ALTER TABLE ${database}.raw_responses${on_cluster}
    COMMENT COLUMN decision_features 'What the policy looked at; emptied when emotion scores expire.';

ALTER TABLE ${database}.fact_responses${on_cluster}
    COMMENT COLUMN decision_features 'What the policy looked at; emptied when emotion scores expire.';

ALTER TABLE ${database}.raw_rewards${on_cluster}
    COMMENT COLUMN features 'What the policy looked at; emptied when emotion scores expire.';

ALTER TABLE ${database}.fact_rewards${on_cluster}
    COMMENT COLUMN features 'What the policy looked at; emptied when emotion scores expire.';

ALTER TABLE ${database}.raw_interventions${on_cluster}
    COMMENT COLUMN evidence 'The figures behind it; emptied when emotion scores expire.';

ALTER TABLE ${database}.fact_interventions${on_cluster}
    COMMENT COLUMN evidence 'The figures behind it; emptied when emotion scores expire.';
