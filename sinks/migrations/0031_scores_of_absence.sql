-- As in 0020, with the prediction that is asked for at any moment.
CREATE OR REPLACE VIEW ${database}.agg_model_scores${on_cluster} AS
WITH
    (r, w) -> arraySum((right, wrong, below) -> right * (below - wrong / 2), r, w, arrayCumSum(w)) / nullIf(arraySum(r) * arraySum(w), 0) AS area
SELECT
    tenant_id,
    kind,
    model,
    day,
    toUInt64(n) AS predictions,
    predicted_sum / n AS mean_predicted,
    outcome_sum / n AS mean_outcome,
    absolute_sum / n AS mean_absolute_error,
    if(kind = 'mastery_predicted', NULL, area(rights, wrongs)) AS auc,
    if(kind = 'mastery_predicted', NULL, loss_sum / n) AS log_loss,
    if(kind = 'mastery_predicted', NULL, square_sum / n) AS brier,
    if(kind = 'mastery_predicted', NULL, arraySum(gap -> abs(gap), gaps) / n) AS ece,
    toUInt64(sum(n) OVER weeks) AS running_predictions,
    sum(absolute_sum) OVER weeks / running_predictions AS running_mean_absolute_error,
    if(kind = 'mastery_predicted', NULL, area(sumForEach(rights) OVER weeks, sumForEach(wrongs) OVER weeks)) AS running_auc,
    if(kind = 'mastery_predicted', NULL, sum(loss_sum) OVER weeks / running_predictions) AS running_log_loss,
    if(kind = 'mastery_predicted', NULL, sum(square_sum) OVER weeks / running_predictions) AS running_brier,
    if(kind = 'mastery_predicted', NULL, arraySum(gap -> abs(gap), sumForEach(gaps) OVER weeks) / running_predictions) AS running_ece
FROM
(
    SELECT
        tenant_id,
        kind,
        model,
        day,
        sum(counted) AS n,
        sum(said) AS predicted_sum,
        sum(came) AS outcome_sum,
        sum(off) AS absolute_sum,
        sum(squared) AS square_sum,
        sum(lost) AS loss_sum,
        sumForEach(arrayMap(one -> if(one = bin, came, 0), range(200))) AS rights,
        sumForEach(arrayMap(one -> if(one = bin, counted - came, 0), range(200))) AS wrongs,
        sumForEach(arrayMap(one -> if(one = intDiv(bin, 20), came - said, 0), range(10))) AS gaps
    FROM
    (
        SELECT
            tenant_id,
            kind,
            ifNull(model, '') AS model,
            toDate(sent_at) AS day,
            toUInt8(least(greatest(floor(assumeNotNull(predicted) * 200), 0), 199)) AS bin,
            toFloat64(count()) AS counted,
            sum(assumeNotNull(predicted)) AS said,
            sum(assumeNotNull(outcome)) AS came,
            sum(abs(assumeNotNull(predicted) - assumeNotNull(outcome))) AS off,
            sum(pow(assumeNotNull(predicted) - assumeNotNull(outcome), 2)) AS squared,
            sum(-log(greatest(if(outcome > 0.5, assumeNotNull(predicted), 1 - assumeNotNull(predicted)), 1e-7))) AS lost
        FROM ${database}.fact_learning_events
        WHERE kind IN ('attempt_predicted', 'giving_up_predicted', 'staying_away_predicted', 'away_next_week_predicted', 'mastery_predicted')
            AND predicted IS NOT NULL AND outcome IS NOT NULL
        GROUP BY tenant_id, kind, model, day, bin
    )
    GROUP BY tenant_id, kind, model, day
)
WINDOW weeks AS (PARTITION BY tenant_id, kind, model ORDER BY day RANGE BETWEEN 27 PRECEDING AND CURRENT ROW)
COMMENT 'How good the predictions were, by tenant, kind, model and the day on which their outcome was known; running figures are of the 28 days that end with it.';

ALTER TABLE ${database}.agg_model_scores${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN kind 'attempt_predicted, giving_up_predicted, staying_away_predicted and away_next_week_predicted are probabilities, mastery_predicted is a number of attempts.',
    COMMENT COLUMN model 'The model that predicted.',
    COMMENT COLUMN day 'Day on which the outcome was known, UTC, by event time.',
    COMMENT COLUMN predictions 'Predictions whose outcome is known.',
    COMMENT COLUMN mean_predicted 'Mean of what was predicted.',
    COMMENT COLUMN mean_outcome 'Mean of what came.',
    COMMENT COLUMN mean_absolute_error 'Mean distance of the two.',
    COMMENT COLUMN auc 'Area under the ROC curve, from 200 bins of the probability; empty where all outcomes are the same, and for what is no probability.',
    COMMENT COLUMN log_loss 'Mean negative log-likelihood in nats, probabilities cut at 1e-7; empty for what is no probability.',
    COMMENT COLUMN brier 'Mean squared error; empty for what is no probability.',
    COMMENT COLUMN ece 'Expected calibration error over tenths of the probability; empty for what is no probability.',
    COMMENT COLUMN running_predictions 'predictions of 28 days.',
    COMMENT COLUMN running_mean_absolute_error 'mean_absolute_error of 28 days.',
    COMMENT COLUMN running_auc 'auc of 28 days.',
    COMMENT COLUMN running_log_loss 'log_loss of 28 days.',
    COMMENT COLUMN running_brier 'brier of 28 days.',
    COMMENT COLUMN running_ece 'ece of 28 days.';

CREATE OR REPLACE VIEW ${database}.agg_model_calibration${on_cluster} AS
SELECT
    tenant_id,
    kind,
    ifNull(model, '') AS model,
    toUInt8(least(greatest(floor(assumeNotNull(predicted) * 10), 0), 9)) AS tenth,
    count() AS predictions,
    avg(assumeNotNull(predicted)) AS mean_predicted,
    avg(assumeNotNull(outcome)) AS rate
FROM ${database}.fact_learning_events
WHERE kind IN ('attempt_predicted', 'giving_up_predicted', 'staying_away_predicted', 'away_next_week_predicted')
    AND predicted IS NOT NULL AND outcome IS NOT NULL
GROUP BY tenant_id, kind, model, tenth
COMMENT 'Calibration of the predicted probabilities: in each tenth, what was predicted and what came.';

ALTER TABLE ${database}.agg_model_calibration${on_cluster}
    COMMENT COLUMN tenant_id 'The school or organisation.',
    COMMENT COLUMN kind 'attempt_predicted, giving_up_predicted, staying_away_predicted or away_next_week_predicted.',
    COMMENT COLUMN model 'The model that predicted.',
    COMMENT COLUMN tenth '0 for probabilities below 0.1, up to 9 from 0.9.',
    COMMENT COLUMN predictions 'Predictions whose outcome is known.',
    COMMENT COLUMN mean_predicted 'Mean of the predicted probabilities.',
    COMMENT COLUMN rate 'Share of them that came true.';
