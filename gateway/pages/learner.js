// One learner: what is known of them, and from what.
import { ask, element, lines, Refused, state, table, token, withToken } from "/common.js";

const MOST_LINES = 6;
const place = (name) => document.getElementById(name);
const share = (value) => (value === null || value === undefined ? "–" : `${(100 * value).toFixed(0)} %`);
const figure = (value) => (value === null || value === undefined ? "–" : String(Number(value.toFixed(3))));
const time = (text) => new Date(/[Z+]/.test(text) ? text : `${text}Z`);
const when = (text) => (text ? time(text).toLocaleString([], { dateStyle: "short", timeStyle: "short" }) : "–");
const spread = (value, error) => (error === null || error === undefined ? figure(value) : `${figure(value)} ± ${figure(error)}`);

// Whose page: as asked for, or the one whose token it is. The server decides what may be seen.
function whose() {
  const asked = new URLSearchParams(location.search).get("id");
  if (asked) return asked;
  try {
    return JSON.parse(atob(token().split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).learner || "";
  } catch {
    return "";
  }
}

function filled(name, rows, head, empty) {
  place(name).replaceChildren(rows.length ? table(head, rows) : element("p", { class: "dim" }, empty));
}

function next(profile) {
  const step = profile.next_step;
  const lead = step ? `${step.kind.replaceAll("_", " ")}${step.concept_id ? `: ${step.concept_id}` : ""}` : "nothing decided yet";
  const reasons = step && step.reasons ? step.reasons.join("; ") : "";
  place("next").replaceChildren(element("div", { class: "big" }, lead), element("div", { class: "dim" }, reasons),
    element("div", { class: "dim" }, `${profile.messages} message${profile.messages === 1 ? "" : "s"}, ${profile.correct} of ${profile.attempts} answers right, ` +
      `ability ${spread(profile.ability, profile.ability_uncertainty)} logits, as of ${when(profile.sent_at)}`));
}

function over(points) {
  const series = new Map();
  for (const point of points) {
    if (!series.has(point.concept_id)) series.set(point.concept_id, []);
    series.get(point.concept_id).push([time(point.sent_at).getTime(), point.predicted]);
  }
  const most = [...series].sort((a, b) => b[1].length - a[1].length).slice(0, MOST_LINES).map(([name, found]) => ({ name, points: found }));
  if (!most.length) { place("over").replaceChildren(element("p", { class: "dim" }, "no attempts yet")); return; }
  const said = most.map((each) => `${each.name} from ${share(each.points[0][1])} to ${share(each.points.at(-1)[1])}`).join(", ");
  const keys = most.map((each, index) => {
    const sample = lines([{ name: each.name, points: [[0, 0.5]] }], each.name);
    sample.firstChild.setAttribute("class", `line l${index}`);
    return element("span", {}, sample, `${each.name} ${share(each.points.at(-1)[1])}`);
  });
  place("over").replaceChildren(element("div", { class: "dim" }, "Probability of a right answer, before each attempt"),
    lines(most, `Probability of a right answer before each attempt: ${said}`), element("div", { class: "key" }, ...keys));
}

function path(history) {
  const steps = history.mastery.map((each) => [each.sent_at, each.gained ? "info" : "attention",
    `${each.concept_id} ${each.gained ? "mastered" : "lost"}`]);
  const names = { rapid_guesses: "answers too quick to have been thought about", help_abuses: "answers after hints clicked through",
    wheels_spun: "concepts not mastered after ten attempts", struggles_won: "concepts mastered through errors", fadings: "times ever more seldom here" };
  const patterns = Object.entries(names).filter(([key]) => history.patterns[key]).map(([key, text]) =>
    element("li", {}, `${history.patterns[key]} ${text}`));
  place("path").replaceChildren(...patterns, ...steps.map(([at, kind, text]) =>
    element("li", {}, element("span", { class: kind }, when(at)), ` ${text}`)));
  if (!steps.length && !patterns.length) place("path").append(element("li", { class: "dim" }, "nothing mastered yet"));
}

function show(profile, history) {
  next(profile);
  over(history.knowledge);
  filled("concepts", profile.concepts.map((each) => [each.concept_id, `${each.correct} of ${each.attempts}`,
    spread(each.p_correct, each.uncertainty), each.mastered ? "yes" : "no", share(each.retrievability), when(each.due_at)]),
  ["concept", "right", "next right", "mastered", "remembered", "review due"], "nothing was practised yet");
  filled("traits", profile.traits.filter((each) => each.value !== null).map((each) =>
    [each.name.replaceAll("_", " "), `${spread(each.value, each.uncertainty)} ${each.unit}`, each.evidence]),
  ["trait", "value", "events"], "none yet");
  filled("predictions", profile.predictions.map((each) => [`${each.name.replaceAll("_", " ")}${each.subject ? ` (${each.subject})` : ""}`,
    spread(each.value, each.uncertainty), each.model]), ["what", "value", "model"], "none yet");
  path(history);
  place("replies").replaceChildren(...history.replies.map((each) => element("li", {},
    element("div", { class: "dim" }, `${when(each.sent_at)}: ${each.message_text}`), element("div", {}, each.text),
    element("a", { href: `/why?id=${each.message_id}` }, "why this answer"))));
  if (!history.replies.length) place("replies").append(element("li", { class: "dim" }, "no replies yet"));
}

async function load(id) {
  document.querySelector("h1").textContent = `Learner ${id}`;
  const about = `/v1/learners/${encodeURIComponent(id)}`;
  try {
    const [profile, history] = await Promise.all([ask(`${about}/profile`), ask(`${about}/history`)]);
    place("board").hidden = false;
    show(profile, history);
    state(`as of ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    state(error instanceof Refused && error.status === 404 ? "nothing is known of this learner yet" : error.message);
  }
}

withToken(() => {
  const id = whose();
  if (id) { load(id); return; }
  const form = place("choose");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.search = `?id=${encodeURIComponent(form.elements.learner.value.trim())}`;
  });
  state("whose page?");
});
