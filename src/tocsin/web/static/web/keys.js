// The keyboard: one registry. A page's own keys are in its markup (data-key, data-go); modules add theirs by bind().
// Nothing here is needed to use a page: each key presses something that is there to be clicked.

const bound = new Map();
let isGoing = false;
let goTimer = 0;

// Make `key` do `act`; `words` say it in the help. The last to bind a key has it.
export function bind(key, words, act) {
  bound.set(key, { words, act });
}

function isTyping(event) {
  return event.target.closest("input, textarea, select, dialog, [contenteditable]");
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  if (link) link.click();
  return Boolean(link);
}

function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (target.matches("input, select, textarea")) target.focus();
  else target.click();
  return true;
}

function wait(isWaiting) {
  clearTimeout(goTimer);
  isGoing = isWaiting;
  if (isWaiting) goTimer = setTimeout(wait, 1500, false);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  const key = event.key;
  if (isGoing) {
    wait(false);
    if (go(key)) event.preventDefault();
    return;
  }
  if (key === "g") return wait(true);
  const own = bound.get(key);
  if (own ? own.act() !== false : press(key)) event.preventDefault();
});

function line(keys, words) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  for (const key of keys) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = words;
  row.append(term, meaning);
  return row;
}

function label(element) {
  return element.dataset.keyWords || element.getAttribute("aria-label") || element.placeholder || element.textContent.trim();
}

// The help is written when it is opened: it says what the page at hand can do.
export function help() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  const rows = [...bound].map(([key, { words }]) => line([key], words));
  const seen = new Set(bound.keys());
  for (const each of document.querySelectorAll("[data-key]")) {
    if (seen.has(each.dataset.key)) continue;
    seen.add(each.dataset.key);
    rows.push(line([each.dataset.key], label(each)));
  }
  for (const each of document.querySelectorAll("[data-go]")) rows.push(line(["g", each.dataset.go], `go to ${label(each)}`));
  dialog.querySelector("dl").replaceChildren(...rows);
  dialog.showModal();
}

bind("?", "this help", help);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help();
});
