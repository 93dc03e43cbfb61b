-- A figure that is only guarded may fall by 0.02: what the ends of its interval say is not what those of an outcome say.
ALTER TABLE ${database}.agg_experiment_effects${on_cluster}
    COMMENT COLUMN low 'Lower end; of right_share above 0, the experiment may stop: it works.',
    COMMENT COLUMN high 'Upper end; of right_share below 0, or of came_back below -0.02, it must stop: it harms.';
