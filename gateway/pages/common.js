// What the pages share: the token, requests, sockets that come back, and making elements.

const KEPT = "masterx.token";

// A token comes behind '#', where no server sees it, and stays in this tab alone.
export function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(KEPT, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEPT) || "";
}

export function keep(text) {
  sessionStorage.setItem(KEPT, text.trim());
}

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export async function ask(path, options = {}) {
  const headers = { Authorization: `Bearer ${token()}`, ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  const body = await answer.json().catch(() => ({ message: answer.statusText }));
  if (!answer.ok) throw new Refused(answer.status, body.message, Number(answer.headers.get("Retry-After") || 0));
  return body;
}

export function post(path, body, key = crypto.randomUUID()) {
  const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

// The same request again, under the same key, until it is taken or refused for good.
export async function postUntilTaken(path, body, tries = 6) {
  const key = crypto.randomUUID();
  for (let left = tries; ; left -= 1) {
    try {
      return await post(path, body, key);
    } catch (error) {
      const passing = !(error instanceof Refused) || error.status === 429 || error.status === 503;
      if (!passing || left <= 1) throw error;
      await new Promise((wake) => setTimeout(wake, 1000 * (error.retryAfter || 2)));
    }
  }
}

// A socket that is opened again when it breaks. `address()` is asked each time, so that a stream can be resumed.
export function connect(address, onFrame, onState) {
  let wait = 250;
  const open = () => {
    const url = new URL(address(), location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, ["masterx.v1", `bearer.${token()}`]);
    socket.onopen = () => { wait = 250; onState("connected"); };
    socket.onmessage = (message) => onFrame(JSON.parse(message.data));
    socket.onclose = (event) => {
      if (event.code === 4401) { onState("the token has expired"); return; }
      onState("connection lost; trying again");
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 8000);
    };
  };
  open();
}

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value; else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A table whose first column is text and whose others are figures; a cell may be an element.
export function table(head, rows) {
  const cells = (tag, row) => row.map((cell, n) => element(tag, n ? { class: "n" } : {}, cell instanceof Node ? cell : String(cell)));
  const top = element("thead", {}, element("tr", {}, ...head.map((name, n) =>
    element("th", n ? { class: "n", scope: "col" } : { scope: "col" }, name))));
  return element("table", {}, top, element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells("td", row)))));
}

// Bars over time, hand-made: one text for those who can't see them.
export function bars(values, label) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${values.length} 20`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const most = Math.max(1, ...values);
  values.forEach((value, index) => {
    const bar = document.createElementNS(space, "rect");
    const height = (20 * value) / most;
    for (const [key, number] of [["x", index + 0.1], ["y", 20 - height], ["width", 0.8], ["height", height]]) {
      bar.setAttribute(key, number);
    }
    bar.setAttribute("class", "bar");
    svg.append(bar);
  });
  return svg;
}

// Points between 0 and 1 as lines, one for each series of {name, points: [[x, y]]}; one text for those who can't see them.
export function lines(series, label) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 100 20");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const times = series.flatMap((each) => each.points.map((point) => point[0]));
  const first = Math.min(...times), span = Math.max(1, Math.max(...times) - first);
  series.forEach((each, index) => {
    const line = document.createElementNS(space, "polyline");
    const places = each.points.map(([x, y]) => `${(100 * (x - first)) / span},${19.5 - 19 * y}`);
    if (places.length === 1) places.push(`100,${19.5 - 19 * each.points[0][1]}`);
    line.setAttribute("points", places.join(" "));
    line.setAttribute("class", `line l${index % 6}`);
    svg.append(line);
  });
  return svg;
}

// Shows the form for a token, and calls `begin` once there is one.
export function withToken(begin) {
  const form = document.getElementById("enter");
  if (token()) { form.hidden = true; begin(); return; }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(form.elements.token.value);
    form.hidden = true;
    begin();
  });
}

export function state(text) {
  document.getElementById("state").textContent = text;
}
