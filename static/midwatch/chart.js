// Draws the chart of a rule from the JSON on the page: measured values, the limits as dashed lines, the band that was
// learned as an area, breaches as dots, unusual values as rings, and the times of which people said something as stripes.
"use strict";

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function marks(breached, unusual) {
  const marked = new Set(breached);
  const odd = new Set(unusual);
  return (plot, series) => {
    const context = plot.ctx;
    const size = 4 * devicePixelRatio;
    context.save();
    context.fillStyle = color("--mw-breached");
    context.strokeStyle = color("--mw-unknown");
    context.lineWidth = 2 * devicePixelRatio;
    plot.data[series].forEach((value, index) => {
      if (value === null || (!marked.has(index) && !odd.has(index))) return;
      const x = plot.valToPos(plot.data[0][index], "x", true);
      const y = plot.valToPos(value, "y", true);
      context.beginPath();
      context.arc(x, y, odd.has(index) ? 1.5 * size : size, 0, 2 * Math.PI);
      if (odd.has(index)) context.stroke();
      if (!marked.has(index)) return;
      context.beginPath();
      context.arc(x, y, size, 0, 2 * Math.PI);
      context.fill();
    });
    context.restore();
    return false; // no further points: only what is odd is marked
  };
}

function stripes(said) {
  return (plot) => {
    const context = plot.ctx;
    const { left, top, width, height } = plot.bbox;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.font = `${11 * devicePixelRatio}px sans-serif`;
    context.textBaseline = "top";
    const shown = said
      .map(({ begins, ends, label }) => ({ from: plot.valToPos(begins, "x", true), until: plot.valToPos(ends, "x", true), label }))
      .filter(({ from, until }) => until >= left && from <= left + width);
    context.fillStyle = color("--mw-rest-soft");
    shown.forEach(({ from, until }) => context.fillRect(from, top, Math.max(until - from, 2 * devicePixelRatio), height));
    context.fillStyle = color("--mw-rest");
    shown.forEach(({ from, label }, index) => {
      const place = Math.max(from, left) + 3 * devicePixelRatio;
      const room = left + width - context.measureText(label).width - 3 * devicePixelRatio;
      context.fillText(label, Math.min(place, room), top + (2 + 13 * (index % 3)) * devicePixelRatio);
    });
    context.restore();
  };
}

function draw(element, data) {
  const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
  const axis = { stroke: color("--mw-quiet"), grid: { stroke: color("--mw-line"), width: 1 }, ticks: { show: false } };
  const limit = (label) => ({
    label, stroke: color("--mw-breached"), width: 1.5, dash: [6, 5], points: { show: false }, value: (_, v) => number(v),
  });
  const zone = element.dataset.zone;
  const written = (seconds, parts) => new Date(seconds * 1000).toLocaleString("en-GB", { timeZone: zone, ...parts });
  const day = (seconds) => written(seconds, { day: "numeric", month: "short" });
  const clock = (seconds) => written(seconds, { hour: "2-digit", minute: "2-digit" });
  const times = (_, ticks, axisIndex, space, step) =>
    ticks.map((tick, index) => {
      if (step >= 86400) return day(tick);
      const newDay = index === 0 || day(tick) !== day(ticks[index - 1]);
      return newDay ? `${clock(tick)}\n${day(tick)}` : clock(tick);
    });
  const edge = (label) => ({
    label, stroke: color("--mw-usual-line"), width: 1, points: { show: false }, value: (_, v) => number(v),
  });
  const learned = data.learned_low.some((v) => v !== null);
  // A band without an upper limit is open: it is drawn up to the top of what is shown.
  const finite = [...data.values, ...data.high, ...data.learned_high].filter((v) => v !== null);
  const top = finite.reduce((most, v) => Math.max(most, v), 0) * 1.08;
  const ceiling = data.learned_high.map((v, i) => v ?? (data.learned_low[i] === null ? null : top));
  const limits = [["low", "Lower limit"], ["high", "Upper limit"]].filter(([name]) => data[name].some((v) => v !== null));
  const options = {
    width: element.clientWidth,
    height: 260,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.08 || 1] } },
    axes: [{ ...axis, values: times }, { ...axis, size: 64, values: (_, ticks) => ticks.map(number) }],
    series: [
      { label: "Time", value: (_, v) => (v === null ? "–" : `${day(v)}, ${clock(v)}`) },
      {
        label: data.label, stroke: color("--mw-accent"), width: 2, fill: color("--mw-accent-soft"), spanGaps: false,
        points: { show: marks(data.breached, data.unusual) }, value: (_, v) => number(v),
      },
      ...limits.map(([, label]) => limit(label)),
      ...(learned ? [edge("Usual from"), { ...edge("Usual to"), value: (_, v, s, i) => number(i === null ? null : data.learned_high[i]) }] : []),
    ],
    bands: learned ? [{ series: [limits.length + 3, limits.length + 2], fill: color("--mw-usual") }] : [],
    hooks: { drawClear: [stripes(data.said ?? [])] },
  };
  const columns = [data.times, data.values, ...limits.map(([name]) => data[name])];
  return new uPlot(options, learned ? [...columns, data.learned_low, ceiling] : columns, element);
}

let plot = null;

function redraw() {
  plot?.destroy();
  const element = document.getElementById("chart");
  plot = element && draw(element, JSON.parse(document.getElementById("chart-data").textContent));
}

const size = new ResizeObserver(([{ target }]) => {
  if (plot && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: 260 });
});

function show() {
  redraw();
  size.disconnect();
  if (plot) size.observe(document.getElementById("chart"));
}

document.addEventListener("DOMContentLoaded", () => {
  show();
  // The colours are read when the chart is drawn, so a change of theme draws it again.
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["class"] });
});

// The page refreshes itself; a chart without a new result stays as it is, so that it can be read in peace.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "rule-chart") return;
  const found = (root) => root.querySelector("#chart-data")?.textContent;
  if (found(event.detail.fragment) === found(document)) event.detail.shouldSwap = false;
});
for (const swapped of ["htmx:oobAfterSwap", "htmx:afterSwap"]) {
  document.addEventListener(swapped, (event) => {
    if (["rule-chart", "rule-page", "backtest"].includes(event.detail.target.id)) show();
  });
}
