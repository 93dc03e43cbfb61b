// The chat page: sends messages, shows the reply as it comes, then the final one; resumes behind the last cursor.
import { connect, element, postUntilTaken, state, withToken } from "/common.js";

const CURSOR = "masterx.cursor";
const SESSION = "masterx.session";
const talk = document.getElementById("talk");
const said = document.getElementById("said");
const form = document.getElementById("write");
const replies = new Map();

function session() {
  if (!sessionStorage.getItem(SESSION)) sessionStorage.setItem(SESSION, crypto.randomUUID());
  return sessionStorage.getItem(SESSION);
}

function line(kind, text) {
  const item = element("li", { class: kind }, text);
  talk.append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

function reply(messageId) {
  if (!replies.has(messageId)) {
    const item = line("coming", "");
    replies.set(messageId, { item, text: "", attempt: 0, piece: 0, done: false, broken: false });
  }
  return replies.get(messageId);
}

function onToken(frame) {
  const known = reply(frame.message_id);
  if (known.done || frame.try < known.attempt) return;
  if (frame.try > known.attempt) Object.assign(known, { attempt: frame.try, text: "", piece: 0, broken: false });
  // A piece that is missing comes with the final reply: what is behind it would read wrong.
  if (known.broken || frame.piece !== known.piece) { known.broken = true; return; }
  known.piece += frame.pieces;
  known.text += frame.text;
  known.item.textContent = known.text;
  known.item.scrollIntoView({ block: "end" });
}

function onResponse(frame) {
  const known = reply(frame.message_id);
  if (known.done) return;
  known.done = true;
  known.item.className = frame.source === "PROVIDER" ? "theirs" : "theirs fixed";
  const why = element("a", { href: `/why?id=${frame.message_id}` }, "why this answer");
  known.item.replaceChildren(frame.text, element("span", { class: "about" }, `${frame.provider} · `, why));
  known.item.scrollIntoView({ block: "end" });
  said.textContent = frame.text;
}

function onFrame(frame) {
  if (frame.cursor) sessionStorage.setItem(CURSOR, frame.cursor);
  if (frame.type === "token") onToken(frame);
  else if (frame.type === "response") onResponse(frame);
  else if (frame.type === "intervention") line("note", frame.text);
  else if (frame.type === "gap") line("note", `Some of what came meanwhile is missing here: ${frame.message}`);
}

function address() {
  const query = new URLSearchParams({ session: session() });
  const after = sessionStorage.getItem(CURSOR);
  if (after) query.set("after", after);
  return `/v1/stream?${query}`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = form.elements.text;
  const text = field.value.trim();
  if (!text) return;
  const mine = line("mine", text);
  field.value = "";
  field.focus();
  try {
    const taken = await postUntilTaken("/v1/messages", { text, session_id: session() });
    reply(taken.message_id);
  } catch (error) {
    mine.append(element("span", { class: "about urgent" }, `not sent: ${error.message}`));
    field.value = text;
  }
});

form.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
});

withToken(() => {
  form.hidden = false;
  form.elements.text.focus();
  connect(address, onFrame, state);
});
