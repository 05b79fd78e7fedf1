// Keeps the page as it is now, lets people act, and plots what they watch. The page reads without it.

const POLL_MS = 2_000;
/** So long between polls where nothing changes. */
const QUIET_POLL_MS = 4_000;
/** One poll in so many is about the whole page, the others about what somebody sees of it. */
const WHOLE_EACH = 5;
const MAX_WAIT_MS = 15_000;
const ROLES = ["nobody", "reader", "operator", "admin"];

const { body } = document;
const byId = (id) => document.getElementById(id);
const live = byId("live");

/** What the server's clock is ahead of this one. */
let aheadMs = Number(body.dataset.now) - Date.now();
let role = body.dataset.role;
/** Kept in memory only: a reload forgets it. */
let token = "";
let isPaused = false;
let failures = 0;
let answeredAtMs = Date.now();
let timer;
let polls = 0;
/** How many answers in a row had nothing new. */
let quiet = 0;
let isAsking = false;
/** The ids of the sections of which a part is on the screen. */
const seen = new Set();
/** What the dialog does when its form is sent. */
let submit;
/** What came of the last action, for as long as it is shown. */
let said = { untilMs: 0 };

start();

function start() {
  byId("pause").hidden = false;
  byId("pause").addEventListener("click", togglePause);
  byId("unlock").addEventListener("click", () =>
    ask({ title: "Unlock actions", needs: "operator" }),
  );
  byId("ask").addEventListener("submit", (event) => submit?.(event));
  byId("ask-cancel").addEventListener("click", () => byId("ask").close());
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => {
    polls = quiet = 0;
    if (document.hidden) clearTimeout(timer);
    else void poll();
  });
  const observer = new IntersectionObserver(onSeen);
  for (const section of document.querySelectorAll("main > section")) observer.observe(section);
  decorate();
  setInterval(decorate, 1_000);
  timer = setTimeout(poll, POLL_MS);
}

// --- Updates ---

/** What comes into sight is brought up to date soon; whoever moves about sees more than who does not. */
function onSeen(entries) {
  let isNew = false;
  for (const { target, isIntersecting } of entries) {
    isNew ||= isIntersecting && !seen.has(target.id);
    if (isIntersecting) seen.add(target.id);
    else seen.delete(target.id);
  }
  if (!isNew || polls === 0 || isAsking || failures > 0) return;
  clearTimeout(timer);
  timer = setTimeout(poll, 200);
}

async function poll() {
  clearTimeout(timer);
  if (isPaused || document.hidden || isAsking) return;
  isAsking = true;
  try {
    await update(polls % WHOLE_EACH === 0 ? undefined : seen);
    polls += 1;
    failures = 0;
    answeredAtMs = Date.now();
  } catch (error) {
    failures += 1;
    if (error.status === 401) live.textContent = "You may no longer read this. Reload the page.";
  }
  isAsking = false;
  decorate();
  const waitMs = Math.min(QUIET_POLL_MS, POLL_MS + quiet * 500);
  timer = setTimeout(poll, Math.min(MAX_WAIT_MS, waitMs * 2 ** Math.min(failures, 3)));
}

/** @param only the ids of the sections that it is about; undefined for all */
async function update(only) {
  const sections = [...document.querySelectorAll("main > section")].filter(
    ({ id }) => only?.has(id) ?? true,
  );
  const query = new URLSearchParams(location.search);
  query.set("have", sections.map(({ dataset }) => dataset.tag).join("."));
  if (only !== undefined) query.set("only", sections.map(({ id }) => id).join("."));
  const { role: mine, sections: changed } = await fetchJson(`updates?${query}`);
  role = mine ?? "nobody";
  quiet = changed.length === 0 ? quiet + 1 : 0;
  const focused = document.activeElement?.dataset.watch;
  for (const { id, tag, html } of changed) {
    const section = byId(id);
    if (section === null) continue;
    const fresh = document.createElement("section");
    // Made by the server, which escapes every text; no script in it would run under this page's policy.
    fresh.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    morphChildren(section, fresh);
    section.dataset.tag = tag;
  }
  if (focused !== undefined && document.activeElement === document.body) focusWatch(focused);
}

/** Focuses the button that watches the series at `path`. An update may have put another one in its place. */
function focusWatch(path) {
  const button = document.querySelector(`[data-watch="${CSS.escape(path)}"]`);
  if (button === null) return;
  button.hidden = false;
  button.focus();
}

async function fetchJson(path, options = {}) {
  const headers = { accept: "application/json", ...options.headers };
  if (token !== "") headers.authorization = `Bearer ${token}`;
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(path, { ...options, headers, signal });
  const now = Number(response.headers.get("taskmon-now"));
  if (now > 0) aheadMs = now - Date.now();
  const value = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw Object.assign(new Error(value.detail ?? `The answer was ${response.status}`), {
      status: response.status,
    });
  }
  return value;
}

/** Makes the children of one element like those of another, and keeps those that are the same. */
function morphChildren(old, fresh) {
  const keyed = new Map(
    [...old.children].flatMap((child) => (child.dataset?.key ? [[child.dataset.key, child]] : [])),
  );
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const same = next.dataset?.key ? keyed.get(next.dataset.key) : undefined;
    if (same !== undefined && same !== at) old.insertBefore(same, at);
    const current = same ?? at;
    const fits =
      current !== null &&
      current.nodeName === next.nodeName &&
      current.dataset?.key === next.dataset?.key;
    if (!fits) {
      old.insertBefore(next, at);
      continue;
    }
    at = current.nextSibling;
    morph(current, next);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  // What somebody types, has opened or may press is theirs.
  const kept = old.matches("input, select")
    ? ["value"]
    : old.matches("details")
      ? ["open"]
      : ["hidden"];
  if (old.matches("select, time[data-ago]") && old.outerHTML === fresh.outerHTML) return;
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !kept.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (!old.matches("select")) morphChildren(old, fresh);
}

function togglePause() {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  byId("pause").textContent = isPaused ? "Go on" : "Pause updates";
  decorate();
  polls = quiet = 0;
  if (!isPaused) void poll();
}

// --- What follows from the time and the role ---

function decorate() {
  if (document.hidden) return;
  const now = Date.now() + aheadMs;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const words = ago(now - Date.parse(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
  for (const bar of document.querySelectorAll("svg.lease")) {
    const left = Math.max(0, Number(bar.dataset.until) - now);
    const of = Number(bar.dataset.of);
    bar.lastElementChild.setAttribute("width", String(Math.min(100, (left / of) * 100)));
  }
  const rank = ROLES.indexOf(role);
  for (const button of document.querySelectorAll("[data-needs]")) {
    button.hidden = rank < ROLES.indexOf(button.dataset.needs);
  }
  for (const button of document.querySelectorAll(".watch")) button.hidden = false;
  byId("unlock").hidden = rank >= ROLES.indexOf("operator");
  if (Date.now() < said.untilMs) return;
  const isStale = failures >= 2;
  body.classList.toggle("stale", isStale);
  const words = isStale
    ? `Stale: the last answer came ${ago(Date.now() - answeredAtMs)}. Trying again.`
    : isPaused
      ? "Updates are paused."
      : "Live";
  // Said by screen readers when it changes, so it changes seldom.
  if (live.textContent !== words && !(isStale && live.textContent.startsWith("Stale")))
    live.textContent = words;
}

function say(words) {
  said = { untilMs: Date.now() + 5_000 };
  live.textContent = words;
}

function ago(ms) {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 2) return "just now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

// --- Actions ---

function onClick({ target }) {
  const button = target.closest("button");
  if (button?.dataset.act !== undefined) {
    const { act, title, needs, match, setting, field, value, choices, min, max } = button.dataset;
    const asksWhy = button.dataset.why !== undefined;
    const name = setting ?? field;
    const order = { act, title, needs, match, setting, field, value, choices, min, max, asksWhy };
    if (name === undefined && !asksWhy) void perform(order, {}, button);
    else ask(order);
  } else if (button?.dataset.watch !== undefined) void watch(button.dataset);
}

function onKey(event) {
  if (event.key !== "/" || event.target.matches("input, select, textarea") || byId("ask").open)
    return;
  const search = document.querySelector(".search input");
  if (search === null) return;
  event.preventDefault();
  search.focus();
}

/** Asks for what an order needs: a value, a reason, a token. */
function ask(order) {
  const dialog = byId("ask");
  byId("ask-title").textContent = order.title;
  byId("ask-problem").textContent = "";
  const fields = byId("ask-fields");
  fields.replaceChildren();
  if ((order.setting ?? order.field) !== undefined)
    fields.append(field("New value", "value", order));
  if (order.asksWhy) fields.append(field("Why (for the audit event)", "why", { required: true }));
  if (order.act === undefined)
    fields.append(field("Token", "token", { type: "password", required: true }));
  const form = dialog.querySelector("form");
  submit = (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(form));
    void (order.act === undefined ? unlock(given.token) : perform(order, given)).then((done) => {
      if (!done) return;
      dialog.close();
      // The button that opened it is gone.
      if (order.act === undefined) byId("pause").focus();
    });
  };
  dialog.showModal();
  fields.querySelector("input, select")?.focus();
}

function field(words, name, { choices, value, min, max, type, required = true }) {
  const label = document.createElement("label");
  const input = document.createElement(choices === undefined ? "input" : "select");
  input.name = name;
  input.required = required;
  if (choices !== undefined)
    input.append(...choices.split(" ").map((choice) => new Option(choice)));
  else {
    input.type = type ?? (min === undefined ? "text" : "number");
    input.autocomplete = "off";
    if (min !== undefined) Object.assign(input, { min, max });
    if (name === "why") input.maxLength = 1_000;
  }
  if (value !== undefined) input.value = value;
  label.append(words, input);
  return label;
}

async function unlock(given) {
  const before = token;
  token = given;
  try {
    await update();
  } catch (error) {
    token = before;
    byId("ask-problem").textContent = error.message;
    return false;
  }
  if (ROLES.indexOf(role) < ROLES.indexOf("operator")) {
    token = before;
    byId("ask-problem").textContent = "This token lets nobody act.";
    return false;
  }
  decorate();
  return true;
}

/** @returns whether it was done */
async function perform(
  { act, title, match, setting, field: name, value: was },
  { value, why },
  button,
) {
  const [method, path] = act.split(" ");
  const typed =
    was === "true" || was === "false"
      ? value === "true"
      : /^\d+$/.test(was)
        ? Number(value)
        : value;
  const order = {
    ...(why !== undefined && { why }),
    ...(setting !== undefined && { values: { [setting]: typed } }),
    ...(name !== undefined && { [name]: value }),
  };
  if (button !== undefined) button.disabled = true;
  try {
    const headers = { "content-type": "application/json", ...(match && { "if-match": match }) };
    await fetchJson(path, { method, headers, body: JSON.stringify(order) });
    say(`${title}: done`);
    await update().catch(() => undefined);
    return true;
  } catch (error) {
    byId("ask-problem").textContent = error.message;
    say(`${title}: ${error.message}`);
    return false;
  } finally {
    if (button !== undefined) button.disabled = false;
  }
}

// --- The plot of a series, while it is watched ---

let watching;

async function watch({ watch: path, title, unit, kind }) {
  watching?.stop();
  const state = { isOver: false, timeout: undefined };
  watching = {
    stop() {
      state.isOver = true;
      clearTimeout(state.timeout);
    },
  };
  const isRate = kind === "counter" || kind === "histogram" || kind === "distribution";
  // Loaded when somebody watches something.
  const { createPlot } = await import("./plot.js");
  if (state.isOver) return;
  // Of a histogram it counts measurements, whatever their unit.
  const plot = createPlot({ title, unit: isRate && kind !== "counter" ? "" : unit, isRate });
  const panel = byId("watched");
  // Not a live region, which a screen reader would read aloud each second: the plot says it when it is asked.
  const figure = Object.assign(document.createElement("p"), { className: "figures" });
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: "Stop watching",
  });
  const head = document.createElement("header");
  const heading = Object.assign(document.createElement("h2"), { textContent: title });
  figure.textContent = isRate ? "Waiting for a second value" : "Waiting for a value";
  head.append(heading, figure, close);
  panel.replaceChildren(head, plot.element);
  panel.hidden = false;
  close.addEventListener("click", () => {
    watching.stop();
    panel.hidden = true;
    focusWatch(path);
  });
  close.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
  let before;
  void sample();

  async function sample() {
    if (!document.hidden && !isPaused) {
      try {
        add(await fetchJson(path));
      } catch {
        figure.textContent = "no answer";
      }
    }
    if (!state.isOver) state.timeout = setTimeout(sample, 1_000);
  }

  function add({ reading }) {
    const now = performance.now();
    const value = reading.value ?? reading.count;
    if (typeof value !== "number") {
      figure.textContent = `now: ${value ?? "nothing"}`;
      return;
    }
    if (!isRate) figure.textContent = plot.push(value, now);
    else if (before !== undefined) {
      const perSecond = ((value - before.value) / (now - before.now)) * 1_000;
      figure.textContent = plot.push(Math.max(0, perSecond), now);
    }
    before = { value, now };
  }
}
