// The console's lists, its relative times, and what it says when the server is out of reach.
// Everything here is a convenience: each page works without it.
import { bind } from "./keys.js";

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
  if (!all.length) return false;
  const place = all.indexOf(currentRow());
  const next = place < 0 ? 0 : Math.min(Math.max(place + step, 0), all.length - 1);
  all[next].querySelector("a.cover").focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

async function act(row, verb) {
  await htmx.ajax("POST", row.dataset.act, {
    source: row,
    swap: "none",
    values: { verb, seen: row.dataset.state, from: "list" },
  });
  htmx.trigger("#live", "refresh");
}

// On the rows that are selected or the one that has the focus, else what the page has for the key.
function actOrPress(key, verb) {
  const bulk = document.getElementById(`bulk-${verb}`);
  if (bulk && document.querySelector("[data-select]:checked")) {
    bulk.click();
    return true;
  }
  const row = currentRow();
  if (row && row.dataset.act) {
    act(row, verb);
    return true;
  }
  const target = document.querySelector(`[data-key="${key}"]`);
  if (target) target.click();
  return Boolean(target);
}

bind("j", "next in the list", () => move(1));
bind("k", "previous in the list", () => move(-1));
function select() {
  const box = currentRow()?.querySelector("[data-select]");
  if (!box) return false;
  box.checked = !box.checked;
  return true;
}

bind("x", "select the alert", select);
bind("a", "acknowledge the alert", () => actOrPress("a", "acknowledge"));
bind("r", "resolve the alert", () => actOrPress("r", "resolve"));

// A dialog is opened by whatever names it, and closed by Escape, its own button, or a click beside it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  if (event.target.matches("dialog")) event.target.close();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
  const copier = event.target.closest("[data-copies]");
  if (copier) copy(copier);
});

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
  button.textContent = "Copied";
}

// What is opened shows where to go on: its first control has the focus.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.open && event.target.matches(".opens-form")) event.target.querySelector("input:not([type=hidden]), select")?.focus();
  },
  true,
);

// What is sent at once when it is changed (a choice), where a browser runs scripts.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
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
