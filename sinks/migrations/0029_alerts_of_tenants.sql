ALTER TABLE ${database}.raw_alerts${on_cluster}
    COMMENT COLUMN tenant_id 'The tenant that is the cause, or whose concept or item it is, else '''' across tenants.';

ALTER TABLE ${database}.fact_alerts${on_cluster}
    COMMENT COLUMN tenant_id 'The tenant that is the cause, or whose concept or item it is, else '''' across tenants.';
