// What comes: drawn from /v1/ahead, again every half minute.
import { ask, bars, element, state, table, withToken } from "/common.js";

const EVERY_MS = 30000;
const NAMES = { giving_up: "gives up this session", staying_away: "stays away for a week", away_next_week: "is away next week" };
const place = (name) => document.getElementById(name);
const share = (value) => (value === null || value === undefined ? "–" : `${(100 * value).toFixed(0)} %`);
const figure = (value) => (value === null || value === undefined ? "–" : String(Number(value.toFixed(3))));
const when = (text) => new Date(/[Z+]/.test(text) ? text : `${text}Z`).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
const learner = (id) => element("a", { href: `/learner?id=${encodeURIComponent(id)}` }, id);

function filled(name, rows, head, empty) {
  place(name).replaceChildren(rows.length ? table(head, rows) : element("p", { class: "dim" }, empty));
}

function show(found) {
  filled("risks", found.risks.map((each) => [learner(each.learner_id), NAMES[each.risk] || each.risk,
    each.uncertainty === null ? share(each.probability) : `${share(each.probability)} ± ${share(each.uncertainty)}`,
    each.signs.join("; ") || "–", when(each.as_of)]),
  ["learner", "risk", "probability", "what else is known", "as of"], "nobody is known yet");
  filled("mastery", found.mastery.map((each) => [each.concept_id, each.learners, each.mastered_now, `${share(each.next_right)} (${share(each.next_right_low)} to ${share(each.next_right_high)})`,
    each.forecast ? `${each.forecast.attempts_p50.toFixed(1)} (${each.forecast.attempts_p90.toFixed(1)})` : "–", each.due_now]),
  ["concept", "learners", "mastered", "next right", "attempts to mastery, p50 (p90)", "reviews due"], "nothing was practised yet");
  const total = found.reviews_by_day.reduce((sum, count) => sum + count, 0);
  place("days").replaceChildren(element("div", { class: "big" }, String(total)),
    bars(found.reviews_by_day, `Reviews due on each of seven days, today first: ${found.reviews_by_day.join(", ")}`));
  filled("reviews", found.reviews.map((each) => [learner(each.learner_id), each.concept_id, share(each.retrievability), when(each.due_at)]),
    ["learner", "concept", "remembered", "due"], "none");
  place("anomalies").replaceChildren(...found.anomalies.map((each) => element("li", {},
    element("span", { class: each.now_is === "raised" ? each.how_bad : "info" }, each.now_is === "raised" ? each.how_bad : "over"),
    ` ${each.line}, since ${when(each.since)}: ${each.by_dimension} ${each.causes.join(", ")}`)));
  if (!found.anomalies.length) place("anomalies").append(element("li", { class: "dim" }, "none"));
  filled("scores", found.scores.map((each) => [each.kind.replace("_predicted", "").replaceAll("_", " "), each.predictions,
    figure(each.auc), figure(each.ece), figure(each.mean_absolute_error)]),
  ["of 28 days", "predictions", "AUC", "calibration error", "mean error"], "no outcome is known yet");
}

async function load() {
  try {
    show(await ask("/v1/ahead"));
    state(`as of ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    state(error.message);
  }
  setTimeout(load, EVERY_MS);
}

withToken(() => { place("board").hidden = false; load(); });
