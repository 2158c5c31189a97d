// The review page: shows a row, takes one key, and moves on when the server has it on its disk.
// Text from rows enters the page as text nodes only.

const RETRY = 1000; // milliseconds between tries while the server does not answer
const SWIPE = 90; // pixels that a finger moves aside to count as a verdict
const TURN = 120; // milliseconds in which a repeated key is a key held down

const at = (name) => document.getElementById(name);
let state = null;
let fixed = { reasons: [], labels: [] };
let busy = false;
let asked = false; // "bad" was said, its reason is waited for
let note = "";
let over = false;
let rate = false; // is the error rate so far shown?
let ending = 0; // the clock that ends the sitting
let pressed = { key: "", time: 0 };

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function say(message, mood = "") {
  at("status").textContent = message;
  at("status").className = mood;
}

function trouble(message) {
  at("trouble").textContent = message;
  at("trouble").hidden = !message;
}

// Ask the server until it answers: it may have been killed and be on its way up again.
async function call(name, body) {
  const request = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  for (;;) {
    try {
      const answer = await fetch(name, { cache: "no-store", ...request });
      const found = await answer.json();
      trouble("");
      return { status: answer.status, found };
    } catch {
      const what = body === undefined ? "" : "Your last key is not saved yet. ";
      trouble(`The server does not answer. ${what}Trying again… (start the same command again)`);
      await pause(RETRY);
    }
  }
}

function show(element, pieces) {
  element.replaceChildren(...pieces.map(([kind, hidden, text]) => {
    const tag = { gone: "del", new: "ins" }[kind] ?? "span";
    if (tag === "span" && !hidden && kind !== "cut") return document.createTextNode(text);
    const outer = document.createElement(tag);
    outer.textContent = text;
    if (kind === "cut") outer.className = "gap";
    if (hidden) {
      outer.className = "hidden-letter";
      outer.title = "a character that would not be seen";
    }
    return outer;
  }));
}

function button(text, mark, key) {
  const made = document.createElement("button");
  made.type = "button";
  if (key) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    made.append(cap, " ");
  }
  made.append(text);
  made.className = mark;
  return made;
}

function near(found) {
  const item = document.createElement("li");
  const number = document.createElement("span");
  number.className = "numbers";
  number.textContent = found.similarity;
  const side = document.createElement("div");
  const text = document.createElement("bdi");
  show(text, found.text);
  const origin = document.createElement("small");
  origin.textContent = ` ${found.label}`;
  side.append(text, origin);
  item.append(number, side);
  return item;
}

// What the page says beside its rows: the run, and what to do after it.
function command(line) {
  const outer = document.createElement("pre");
  const inner = document.createElement("code");
  inner.textContent = line;
  outer.append(inner);
  return outer;
}

function about({ command: line, facts, steps }) {
  at("about").hidden = !facts.length;
  at("about-title").textContent = facts.join(" · ");
  at("command").hidden = !line;
  at("command").firstElementChild.textContent = line;
  for (const list of document.querySelectorAll(".steps")) {
    list.replaceChildren(...steps.map(([said, next]) => {
      const item = document.createElement("li");
      item.textContent = said;
      if (next) item.append(command(next));
      return item;
    }));
    list.previousElementSibling.hidden = !steps.length;
  }
}

function draw(found) {
  const moved = !state || state.row?.key !== found.row?.key;
  state = found;
  over = Boolean(found.end?.over);
  const row = found.row;
  at("count").textContent = over || !row ? `${found.decided} of ${found.total}`
    : `${found.place} of ${found.total}`;
  at("progress").max = Math.max(1, found.total);
  at("progress").value = found.decided;
  document.title = `${found.decided}/${found.total} · ${fixed.title}`;
  at("undo").disabled = !found.undo;
  at("end-undo").disabled = !found.undo;
  at("row").hidden = !row;
  for (const name of ["reasons", "choices", "verdicts", "others"]) at(name).hidden = !row;
  at("end").hidden = Boolean(row);
  clearTimeout(ending);
  if (row) drawRow(row, moved);
  else drawEnd(found.end);
}

function drawRow(row, moved) {
  if (moved) {
    note = "";
    ask(false);
    window.scrollTo(0, 0);
  }
  at("question").hidden = false;
  at("label").textContent = row.label;
  at("method").textContent = row.method;
  offer(row.suggested);
  show(at("text"), row.text);
  at("more").hidden = !row.cut;
  at("parent").hidden = !row.parent;
  show(at("parent-text"), row.parent ?? []);
  at("near").hidden = !row.near.length;
  at("near-list").replaceChildren(...row.near.map(near));
  drawNote();
  if (moved) {
    const text = row.text.map((piece) => piece[2]).join("").slice(0, 400);
    at("spoken").textContent = `Row ${state.place} of ${state.total}. Label ${row.label}. ${text}`;
  }
}

// What stands on the keys from 1 on: likely labels of this row, or reasons why a row is bad.
function offer(suggested) {
  const labels = suggested.map((number, place) => {
    const made = button(fixed.labels[number], "", String(place + 1));
    made.addEventListener("click", () => decide("bad", "", number));
    return made;
  });
  const asks = labels.length > 0; // for the label of a real row: nothing of it was made
  at("label-caption").textContent = asks ? "likely label" : "label";
  at("made-by").hidden = asks;
  at("bad-text").textContent = asks ? "No label fits" : "Bad";
  at("choices").replaceChildren(...labels);
  at("choices").hidden = !asks;
  at("reasons").hidden = asks;
}

function drawNote() {
  at("note").hidden = !note;
  at("note").textContent = note ? `Note: ${note}` : "";
}

function drawEnd(end) {
  over = end.over;
  at("end-title").textContent = end.title;
  at("end-text").textContent = end.text;
  at("end-buttons").hidden = over;
  at("end-hint").textContent = over ? "You can close this page."
    : `It ends by itself in ${end.seconds} seconds. Until then the last verdict can be taken back.`;
  at("end").focus();
  if (!over) ending = setTimeout(() => drawEnd({ ...end, over: true }), 1000 * end.seconds);
}

function ask(really) {
  asked = really;
  at("reasons").classList.toggle("asked", really);
  if (really) say("Why is it bad?");
}

function leave() {
  ask(false);
  say("");
}

async function act(name, body, waiting) {
  if (busy || over) return;
  busy = true;
  say(waiting, "waiting");
  try {
    const { status, found } = await call(name, body);
    if (status === 403) {
      trouble("The server was started anew at another address: open the one that it prints. "
        + "Your last key was not saved.");
      say("");
    } else if (found.error) {
      say("");
      trouble(found.error);
      if (found.version) draw(found);
    } else {
      draw(found);
      say(rate && found.rate ? `${found.said} · ${found.rate}` : found.said,
        found.said ? "saved" : "");
    }
  } finally {
    busy = false;
  }
}

function decide(verdict, reason = "", label = null) {
  if (!state?.row || busy) return;
  ask(false);
  act("verdict", { key: state.row.key, verdict, reason, label, note }, "Saving");
}

function bad() {
  if (!state?.row || busy) return;
  if (state.row.suggested.length) decide("bad"); // no label fits, whatever the reason
  else ask(true);
}

const undo = () => state?.undo && act("undo", { version: state.version }, "Taking back");
const finish = () => act("finish", {}, "Finishing");

async function more() {
  if (busy || !state?.row?.cut) return;
  const { status, found } = await call("whole");
  if (status === 200 && found.row?.key === state.row.key) draw(found);
}

function toggleRate() {
  rate = !rate;
  say(rate ? state.rate || "No verdict yet." : "");
}

// --- dialogs ---------------------------------------------------------------------------------

function open(dialog, input, value) {
  if (busy || !state?.row) return;
  ask(false);
  if (input) input.value = value;
  dialog.returnValue = "";
  dialog.showModal();
  input?.select();
}

function choices() {
  const wanted = at("label-input").value.trim().toLowerCase();
  const where = (label) => label.toLowerCase().indexOf(wanted);
  const known = fixed.labels.map((label, number) => ({ label, number }));
  const found = known.filter(({ label }) => where(label) >= 0);
  found.sort((one, other) => where(one.label) - where(other.label));
  at("label-list").replaceChildren(...found.map(({ label, number }, place) => {
    const option = document.createElement("li");
    option.role = "option";
    option.id = `label-${place}`;
    option.dataset.number = number;
    option.textContent = label;
    option.addEventListener("click", () => relabel(option));
    return option;
  }));
  choose(0);
}

function chosen() {
  return at("label-list").querySelector("[aria-selected=true]");
}

function choose(number) {
  const options = [...at("label-list").children];
  const there = Math.max(0, Math.min(number, options.length - 1));
  options.forEach((option, place) => { option.ariaSelected = String(place === there); });
  options[there]?.scrollIntoView({ block: "nearest" });
  at("label-input").setAttribute("aria-activedescendant", options.length ? `label-${there}` : "");
}

function relabel(option) {
  if (!option) return;
  at("label-dialog").close();
  if (option.textContent === state.row.label) say("That is the label it has.");
  else decide("bad", "", Number(option.dataset.number));
}

at("label-input").addEventListener("input", choices);
at("label-input").addEventListener("keydown", (event) => {
  const options = [...at("label-list").children];
  const there = options.indexOf(chosen());
  if (event.key === "ArrowDown") choose(there + 1);
  else if (event.key === "ArrowUp") choose(there - 1);
  else if (event.key === "Enter" && !event.isComposing) relabel(chosen());
  else return;
  event.preventDefault();
});
at("note-input").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  note = at("note-input").value.trim();
  at("note-dialog").close();
  drawNote();
});
at("help-dialog").addEventListener("keydown", (event) => {
  if (event.key === "?") at("help-dialog").close();
});

// --- keys, buttons, fingers ------------------------------------------------------------------

const KEYS = {
  y: () => decide("ok"),
  n: bad,
  s: () => decide("skip"),
  u: undo,
  l: () => { open(at("label-dialog"), at("label-input"), ""); choices(); },
  t: () => open(at("note-dialog"), at("note-input"), note),
  m: more,
  v: toggleRate,
  q: () => act("quit", {}, "Stopping"),
  "?": () => open(at("help-dialog")),
};

// On a keyboard of another script the letters that are printed on it are not these: take the place.
function name(event) {
  if (event.key.length === 1 && event.key > "~" && event.code.startsWith("Key")) {
    return event.code.slice(3).toLowerCase();
  }
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function held(event, key) {
  const quick = key === pressed.key && event.timeStamp - pressed.time < TURN;
  pressed = { key, time: event.timeStamp };
  return event.repeat || quick;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("dialog, input, textarea, select, [contenteditable]")) return;
  if (document.querySelector("dialog[open]") || !state || over) return;
  const key = name(event);
  if (event.target.closest("button") && ["Enter", " "].includes(key)) return;
  if (held(event, key)) return;
  if (!state.row) {
    if (key === "Enter" || key === "q") finish();
    else if (key === "u") undo();
    return;
  }
  const suggested = state.row.suggested;
  const reason = suggested.length ? undefined : fixed.reasons[Number(key) - 1];
  if (suggested[Number(key) - 1] !== undefined) decide("bad", "", suggested[Number(key) - 1]);
  else if (/^[1-9]$/.test(key) && reason) decide("bad", reason[0]);
  else if (asked && key === "Enter") decide("bad");
  else if (asked && key === "Escape") leave();
  else if (Object.hasOwn(KEYS, key)) KEYS[key]();
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", onKey);
for (const [id, key] of Object.entries({ ok: "y", bad: "n", skip: "s", undo: "u", relabel: "l",
  write: "t", help: "?", quit: "q", more: "m" })) {
  at(id).addEventListener("click", () => KEYS[key]());
}
at("finish").addEventListener("click", finish);
at("end-undo").addEventListener("click", undo);

let start = null;
at("row").addEventListener("pointerdown", (event) => {
  if (event.pointerType === "touch" && event.isPrimary) start = { x: event.clientX, y: event.clientY };
});
at("row").addEventListener("pointermove", (event) => {
  if (!start || !event.isPrimary) return;
  const aside = event.clientX - start.x;
  if (Math.abs(aside) < 2 * Math.abs(event.clientY - start.y)) return;
  at("row").classList.add("dragged");
  at("row").style.transform = `translateX(${aside * 0.6}px)`;
});
function lift(event) {
  if (!start || !event.isPrimary) return;
  const aside = event.clientX - start.x;
  const along = event.clientY - start.y;
  start = null;
  at("row").classList.remove("dragged");
  at("row").style.transform = "";
  if (event.type === "pointercancel" || Math.abs(aside) < SWIPE) return;
  if (Math.abs(aside) < 2 * Math.abs(along) || String(document.getSelection())) return;
  if (aside > 0) decide("ok");
  else bad();
}
// A swipe is no scroll: otherwise the browser takes the tap that follows for the end of a fling.
at("row").addEventListener("touchmove", (event) => {
  if (at("row").classList.contains("dragged") && event.cancelable) event.preventDefault();
}, { passive: false });
at("row").addEventListener("pointerup", lift);
at("row").addEventListener("pointercancel", lift);

// Another tab, or a phone, may have gone on meanwhile.
async function refresh() {
  if (busy || over || document.visibilityState !== "visible" || document.querySelector("dialog[open]")) return;
  const { status, found } = await call("state");
  if (busy || over) return;
  if (status !== 200) {
    trouble("The server was started anew at another address: open the one that it prints.");
  } else if (found.version !== state?.version) {
    draw(found);
    say("");
  }
}
document.addEventListener("visibilitychange", refresh);
window.addEventListener("focus", refresh);

const { status, found } = await call("start");
if (status === 200) {
  fixed = found;
  const reasons = found.reasons.map(([value, text], number) => {
    const made = button(text, "", String(number + 1));
    made.addEventListener("click", () => decide("bad", value));
    return made;
  });
  const none = button("no reason", "only-asked", "Enter");
  none.addEventListener("click", () => decide("bad"));
  const back = button("back", "only-asked", "Esc");
  back.addEventListener("click", leave);
  at("reasons").append(...reasons, none, back);
  document.querySelector("h1").textContent = found.title;
  about(found);
  draw(found.state);
  const { decided, row } = found.state;
  say(decided && row ? `Going on after ${decided} rows.` : "");
} else {
  trouble(found.error);
}
