// The console's keys, its relative times, and what it says when the server is out of reach.
// Everything here is a convenience: each page works without it.
"use strict";

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const OLD_S = 30 * 86400;

function relative(moment, now) {
  const seconds = Math.floor(Math.abs(now - moment) / 1000);
  if (seconds > OLD_S) return moment.toISOString().slice(0, 10);
  const [size, unit] = UNITS.find(([each]) => seconds >= each) || UNITS[UNITS.length - 1];
  const length = `${Math.floor(seconds / size)} ${unit}`;
  return moment > now ? `in ${length}` : `${length} ago`;
}

function tick() {
  const now = new Date();
  for (const each of document.querySelectorAll("time[data-relative]")) {
    const text = relative(new Date(each.dateTime), now);
    if (each.textContent !== text) each.textContent = text;
  }
}

function rows() {
  return [...document.querySelectorAll("tr[data-row]")].filter((row) => row.querySelector("a.cover"));
}

function currentRow() {
  return document.activeElement.closest("tr[data-row]");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const place = all.indexOf(currentRow());
  const next = place < 0 ? 0 : Math.min(Math.max(place + step, 0), all.length - 1);
  const link = all[next].querySelector("a.cover");
  link.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

async function act(row, verb) {
  await htmx.ajax("POST", row.dataset.act, {
    source: row,
    swap: "none",
    values: { verb, seen: row.dataset.state, from: "list" },
  });
  htmx.trigger("#live", "refresh");
}

function press(key) {
  const row = currentRow();
  if (row && row.dataset.act && key === "a") return act(row, "acknowledge");
  if (row && row.dataset.act && key === "r") return act(row, "resolve");
  const target = document.querySelector(`[data-key="${key}"]`);
  if (!target) return undefined;
  return target.matches("input") ? target.focus() : target.click();
}

function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog.open) dialog.showModal();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: () => press("a"),
  r: () => press("r"),
  u: () => press("u"),
  "/": () => press("/"),
  "?": showKeys,
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) showKeys();
});

// A hidden tab asks for nothing; it catches up when it is looked at.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.requestConfig.verb === "get") event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && document.getElementById("live")) htmx.trigger("#live", "refresh");
});

function setOffline(isOffline) {
  const notice = document.getElementById("offline");
  if (notice) notice.hidden = !isOffline;
}
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, () => setOffline(true));
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) setOffline(false);
});

// What was pressed may be gone after it was done: the keyboard goes on from the page's heading.
document.addEventListener("htmx:afterSwap", () => {
  tick();
  if (document.activeElement === document.body) {
    const heading = document.getElementById("alert-title");
    if (heading) heading.focus({ preventScroll: true });
  }
});

tick();
setInterval(tick, 10000);
