// Charts over time, by uPlot: every element with data-plot (web/parts/plot.html) becomes one, again after a swap.
// Its colours are the page's tokens; a drag over it goes to data-zoom with `from` and `to` (seconds since 1970).

const HEIGHT = 140;

function token(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function zoom(place, plot) {
  if (!place.dataset.zoom || plot.select.width < 2) return;
  const from = plot.posToVal(plot.select.left, "x");
  const to = plot.posToVal(plot.select.left + plot.select.width, "x");
  const address = new URL(place.dataset.zoom, location.href);
  address.searchParams.set("from", Math.floor(from));
  address.searchParams.set("to", Math.ceil(to));
  location.assign(address);
}

// Values of a series stand on those of the series before it, so that the tops show their sum.
function stack(series) {
  let below = series[0].values.map(() => 0);
  return series.map(({ values }) => (below = values.map((value, place) => value + below[place])));
}

function draw(place) {
  const { x, series } = JSON.parse(place.dataset.plot);
  if (!x.length) return;
  const axis = { stroke: token("ink-3"), grid: { stroke: token("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const stacked = stack(series);
  const bars = uPlot.paths.bars({ size: [0.9, 100], align: 1 });
  // A bar stands after its moment: the axis goes on behind the last one by as much as lies between two.
  const step = x.length > 1 ? x[1] - x[0] : 1;
  const options = {
    width: place.clientWidth,
    height: Number(place.dataset.height) || HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: Boolean(place.dataset.zoom), y: false }, points: { show: false } },
    scales: { x: { range: (_, low, high) => [low, high + step] }, y: { range: (_, low, high) => [0, Math.max(high, 1)] } },
    axes: [axis, { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6, 1e7] }],
    // The highest stack is drawn first, so that the lower ones stand before it.
    series: [{}, ...series.map((each) => ({ label: each.label, fill: token(each.colour), stroke: token(each.colour), width: 0, paths: bars, points: { show: false } })).reverse()],
    hooks: { setSelect: [(plot) => zoom(place, plot)] },
  };
  place.replaceChildren();
  new uPlot(options, [x, ...stacked.reverse()], place);
}

function drawAll() {
  for (const place of document.querySelectorAll("[data-plot]")) draw(place);
}

let waiting = 0;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(drawAll, 100);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
document.addEventListener("htmx:afterSwap", drawAll);
drawAll();
