// The dashboard: draws what /v1/metrics sends.
import { bars, connect, element, state, table, withToken } from "/common.js";

const place = (name) => document.getElementById(name);
const ms = (value) => (value === null || value === undefined ? "–" : `${Math.round(value)} ms`);
const share = (value) => `${(100 * value).toFixed(0)} %`;

const DRAW = {
  flow(flow) {
    place("flow").replaceChildren(
      element("div", { class: "big" }, `${flow.replies_per_s.toFixed(1)} / s`),
      element("div", { class: "dim" }, `${flow.replies} in five minutes, ${flow.offline} of them without a provider`),
      bars(flow.series, `Replies in each of the last ${flow.series.length} seconds; now ${flow.replies_per_s} a second`),
    );
  },
  latency(latency) {
    const rows = Object.entries({ total: "in all", pipeline: "pipeline", provider: "provider", first_token: "first token" })
      .map(([key, name]) => [name, ms(latency[key]?.p50), ms(latency[key]?.p95), ms(latency[key]?.p99)]);
    place("latency").replaceChildren(table(["", "p50", "p95", "p99"], rows));
  },
  emotions(emotions) {
    const total = Math.max(1, Object.values(emotions).reduce((sum, count) => sum + count, 0));
    const rows = Object.entries(emotions).map(([name, count]) => {
      const bar = bars([count], `${name}: ${count}`);
      bar.style.width = `${(100 * count) / total}%`;
      return element("div", { class: "rate" }, element("span", {}, name), bar, element("span", {}, share(count / total)));
    });
    place("emotions").replaceChildren(...(rows.length ? rows : [element("p", { class: "dim" }, "nobody wrote yet")]));
  },
  providers(providers) {
    place("providers").replaceChildren(table(
      ["provider", "replies", "share", "p50", "p99", "first token p50", "failed calls", "cost"],
      providers.map((each) => [each.provider, each.replies, share(each.share), ms(each.provider_ms?.p50),
        ms(each.provider_ms?.p99), ms(each.first_token_ms?.p50), each.failed_calls, `$${each.cost_usd.toFixed(4)}`]),
    ));
  },
  alerts(list) {
    place("alerts").replaceChildren(...list.slice(0, 12).map((each) => element("li", { title: each.query },
      element("span", { class: each.severity }, each.severity),
      ` ${each.text}, since ${new Date(each.began_at / 1000).toLocaleTimeString()}`)));
    if (!list.length) place("alerts").append(element("li", { class: "dim" }, "none"));
  },
  interventions(list) {
    place("interventions").replaceChildren(...list.slice(0, 12).map((each) => element("li", {},
      element("span", { class: each.severity }, each.severity), " ", element("a", { href: `/learner?id=${encodeURIComponent(each.learner_id)}` }, each.learner_id), `: ${each.text} `,
      each.message_id ? element("a", { href: `/why?id=${each.message_id}` }, "why") : null)));
    if (!list.length) place("interventions").append(element("li", { class: "dim" }, "none"));
  },
  aggregates(windows) {
    const rows = windows.filter((each) => each.kind === "concept").map((each) => [
      each.dimension, each.counts.responses || 0, each.counts.attempts || 0,
      each.counts.attempts ? share((each.counts.correct || 0) / each.counts.attempts) : "–",
      new Date(each.window_start / 1000).toLocaleTimeString()]);
    place("aggregates").replaceChildren(table(["concept", "replies", "attempts", "right", "window"], rows));
  },
};

withToken(() => {
  place("board").hidden = false;
  connect(() => "/v1/metrics", (frame) => {
    for (const [name, draw] of Object.entries(DRAW)) if (name in frame) draw(frame[name]);
  }, state);
});
