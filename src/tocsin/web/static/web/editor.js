// The editor's gutter: a number for each line, and a mark where the check found something. The text is a plain
// textarea: Tab leaves it, and everything works without this.

const text = () => document.getElementById("text");
const gutter = () => document.getElementById("gutter");

function marks() {
  const checked = document.getElementById("checked");
  const pairs = (checked ? checked.dataset.marks : "").split(" ").filter(Boolean);
  return new Map(pairs.map((pair) => pair.split(":")));
}

function draw() {
  if (!text() || !gutter()) return;
  const found = marks();
  const rows = text().value.split("\n").map((_, place) => {
    const row = document.createElement("li");
    row.textContent = String(place + 1);
    const severity = found.get(row.textContent);
    if (severity) row.className = `mark-${severity}`;
    return row;
  });
  gutter().replaceChildren(...rows);
  follow();
}

function follow() {
  gutter().scrollTop = text().scrollTop;
}

// Select the place that an issue names.
function show(line, column) {
  const lines = text().value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const end = before + (lines[line - 1] || "").length;
  text().focus();
  text().setSelectionRange(Math.min(before + Math.max(column - 1, 0), end), end);
  text().scrollTop = ((line - 4) / lines.length) * text().scrollHeight;
}

document.addEventListener("input", (event) => {
  if (event.target === text()) draw();
});
document.addEventListener("scroll", (event) => {
  if (event.target === text()) follow();
}, true);
document.addEventListener("click", (event) => {
  const issue = event.target.closest("[data-line]");
  if (issue && text()) show(Number(issue.dataset.line), Number(issue.dataset.column));
});
document.addEventListener("htmx:afterSwap", draw);

draw();
