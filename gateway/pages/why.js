// Why an answer is what it is: what was stored with it.
import { ask, element, Refused, state, withToken } from "/common.js";

const story = document.getElementById("story");
const id = new URLSearchParams(location.search).get("id") || "";
const figure = (value) => (typeof value === "number" ? String(Number(value.toFixed(3))) : String(value));

function scores(map) {
  const best = Object.entries(map || {}).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 8);
  return best.map(([name, value]) => `${name} ${figure(value)}`).join(", ") || "–";
}

function part(title, entries) {
  const list = element("dl", {});
  for (const [name, value] of entries) {
    if (value !== null && value !== undefined && value !== "") {
      list.append(element("dt", {}, name), element("dd", {}, String(value)));
    }
  }
  return element("section", { class: "wide" }, element("h2", {}, title), list);
}

function show(found) {
  const emotion = found.emotion || {};
  const plan = found.plan || {};
  story.className = "grid";
  story.replaceChildren(
    part("Question and answer", [["asked", found.message_text], ["answered", found.text]]),
    part("How it felt", [["states", scores(emotion.states)], ["emotions", scores(emotion.emotions)],
      ["model", emotion.model], ["can't tell", emotion.cant_tell ? "yes" : ""]]),
    part("What the reply was to do", [["tone", plan.tone], ["pace", plan.pace], ["because", (plan.reasons || []).join("\n")]]),
    part("Who answered", [["provider", `${found.provider} ${found.model}`], ["policy", found.decision_policy],
      ...found.decision_candidates.map((each) =>
        [each.provider, `score ${figure(each.score)}, propensity ${figure(each.propensity)}: ${each.reason}`]),
      ...found.tries.map((call) => [`call to ${call.provider}`, `${call.outcome} ${Math.round(call.elapsed_ms)} ms ${call.error || ""}`])]),
    part("What it was shown", found.prompt.map((piece) =>
      [`${piece.included ? "+" : "−"} ${piece.layer}`, `${piece.reason} (${piece.tokens} tokens)\n${piece.text}`])),
    part("What followed", [...found.interventions.map((each) => [each.kind, each.text]),
      ...found.rewards.map((each) => ["reward", `${figure(each.value)}: ${scores(each.components)}`])]),
  );
  state("");
}

async function load(tries) {
  try {
    show(await ask(`/v1/responses/${encodeURIComponent(id)}/why`));
  } catch (error) {
    // The answer reaches ClickHouse a second or two behind its reader.
    if (error instanceof Refused && error.status === 404 && tries > 0) setTimeout(() => load(tries - 1), 1000);
    else story.replaceChildren(element("p", { role: "alert" }, error.message));
    state(tries > 0 ? "looking" : "");
  }
}

withToken(() => load(10));
