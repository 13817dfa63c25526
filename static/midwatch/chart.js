// Draws the chart of a rule from the JSON on the page: measured values (or, of each day, the band from the least to the
// most), the limits as dashed lines, the band that was learned as an area, breaches as dots, unusual values as rings, and
// the times of which people said something as stripes. Of the past that a rule is tried on there may be two views.
"use strict";

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// How each sort of mark looks: filled or hollow, with a ring or crossed out, so that colour is not all that tells.
const LOOKS = {
  alert: { fill: "--mw-breached" },
  real: { fill: "--mw-breached", ring: "--mw-breached" },
  false: { hollow: "--mw-breached", crossed: true },
  excused: { hollow: "--mw-rest" },
  unusual: { ring: "--mw-unknown" },
};

function marksOf(data) {
  const of = (sort) => (index) => ({ index, value: data.values[index], sort });
  return data.marks ?? [...data.unusual.map(of("unusual")), ...data.breached.map(of("alert"))];
}

function marks(marked) {
  return (plot) => {
    const context = plot.ctx;
    const size = 4 * devicePixelRatio;
    const circle = (x, y, radius) => {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
    };
    context.save();
    context.lineWidth = 2 * devicePixelRatio;
    marked.filter(({ value }) => value !== null).forEach(({ index, value, sort }) => {
      const { fill, ring, hollow, crossed } = LOOKS[sort];
      const x = plot.valToPos(plot.data[0][index], "x", true);
      const y = plot.valToPos(value, "y", true);
      context.fillStyle = color(fill ?? "--mw-card");
      context.strokeStyle = color(ring ?? hollow ?? fill);
      circle(x, y, size);
      if (fill || hollow) context.fill();
      if (hollow) context.stroke();
      if (ring) {
        circle(x, y, 1.6 * size);
        context.stroke();
      }
      if (!crossed) return;
      context.beginPath();
      context.moveTo(x - 1.6 * size, y + 1.6 * size);
      context.lineTo(x + 1.6 * size, y - 1.6 * size);
      context.stroke();
    });
    context.restore();
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
    const free = [left, left, left]; // from where on each of the lines for labels is
    shown.forEach(({ from, label }) => {
      const long = context.measureText(label).width + 6 * devicePixelRatio;
      const place = Math.min(Math.max(from, left) + 3 * devicePixelRatio, left + width - long);
      const line = free.findIndex((begin) => begin <= place);
      if (line < 0) return; // no room: it stands in the list of what was said
      free[line] = place + long;
      context.fillText(label, place, top + (2 + 13 * line) * devicePixelRatio);
    });
    context.restore();
  };
}

// The moments of a trouble, as upright lines with their names at the top.
function moments(marked) {
  return (plot) => {
    const context = plot.ctx;
    const { left, top, width, height } = plot.bbox;
    context.save();
    context.strokeStyle = context.fillStyle = color("--mw-unknown");
    context.lineWidth = 1.5 * devicePixelRatio;
    context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    context.font = `${11 * devicePixelRatio}px sans-serif`;
    context.textBaseline = "top";
    context.textAlign = "left";
    marked.forEach(({ at, label }, line) => {
      const x = plot.valToPos(at, "x", true);
      if (x < left || x > left + width) return;
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, top + height);
      context.stroke();
      const long = context.measureText(label).width + 4 * devicePixelRatio;
      const place = x + long > left + width ? x - long : x + 4 * devicePixelRatio;
      context.fillText(label, place, top + (2 + 13 * line) * devicePixelRatio);
    });
    context.restore();
  };
}

// A limit that one check alone had would be no line: it is drawn from the check before it, which taught it, or to the next.
function drawable(limits) {
  const alone = (i) => (limits[i] ?? null) !== null && (limits[i - 1] ?? null) === null && (limits[i + 1] ?? null) === null;
  return limits.map((limit, i) => limit ?? (alone(i + 1) ? limits[i + 1] : i === 1 && alone(0) ? limits[0] : null));
}

function draw(element, data) {
  const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
  const axis = { stroke: color("--mw-quiet"), grid: { stroke: color("--mw-line"), width: 1 }, ticks: { show: false } };
  const limit = (label, values) => ({
    label, stroke: color("--mw-breached"), width: 1.5, dash: [6, 5], points: { show: false },
    value: (_, v, s, i) => number(i === null ? null : values[i]),
  });
  const zone = element.dataset.zone;
  const written = (seconds, parts) => new Date(seconds * 1000).toLocaleString("en-GB", { timeZone: zone, ...parts });
  const day = (seconds) => written(seconds, { day: "numeric", month: "short" });
  const clock = (seconds, second) => written(seconds, { hour: "2-digit", minute: "2-digit", second });
  const times = (_, ticks, axisIndex, space, step) =>
    ticks.map((tick, index) => {
      if (step >= 86400) return day(tick);
      const newDay = index === 0 || day(tick) !== day(ticks[index - 1]);
      const told = clock(tick, step < 60 ? "2-digit" : undefined);
      return newDay ? `${told}\n${day(tick)}` : told;
    });
  const edge = (label) => ({
    label, stroke: color("--mw-usual-line"), width: 1, points: { show: false }, value: (_, v) => number(v),
  });
  const learned = (data.learned_low ?? []).some((v) => v !== null);
  // A band without an upper limit is open: it is drawn up to the top of what is shown.
  const finite = [...data.values, ...data.high, ...(data.learned_high ?? [])].filter((v) => v !== null);
  const top = finite.reduce((most, v) => Math.max(most, v), 0) * 1.08;
  const ceiling = (data.learned_high ?? []).map((v, i) => v ?? (data.learned_low[i] === null ? null : top));
  const limits = [["low", "Lower limit"], ["high", "Upper limit"]].filter(([name]) => data[name].some((v) => v !== null));
  const options = {
    width: element.clientWidth,
    height: 260,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: { y: { range: (plot, low, high) => plot.held ?? [Math.min(0, low ?? 0), (high ?? 1) * 1.08 || 1] } },
    axes: [{ ...axis, values: times }, { ...axis, size: 64, values: (_, ticks) => ticks.map(number) }],
    series: [
      { label: "Time", value: (_, v) => (v === null ? "–" : `${day(v)}, ${clock(v)}`) },
      {
        label: data.least ? `Most ${data.label.toLowerCase()}` : data.label, stroke: color("--mw-accent"), spanGaps: false,
        width: data.least ? 1 : 2, fill: data.least ? undefined : color("--mw-accent-soft"), points: { show: false },
        value: (_, v) => number(v),
      },
      ...limits.map(([name, label]) => ({ ...limit(label, data[name]), side: name })),
      ...(learned ? [edge("Usual from"), { ...edge("Usual to"), value: (_, v, s, i) => number(i === null ? null : data.learned_high[i]) }] : []),
    ],
    bands: learned ? [{ series: [limits.length + 3, limits.length + 2], fill: color("--mw-usual") }] : [],
    hooks: { drawClear: [stripes(data.said ?? [])], draw: [marks(marksOf(data)), moments(data.moments ?? []), tellDrawn] },
  };
  const columns = [data.times, data.values, ...limits.map(([name]) => drawable(data[name]))];
  if (data.least) {
    options.series.push({
      label: "Least", stroke: color("--mw-accent"), width: 1, points: { show: false }, value: (_, v) => number(v),
    });
    options.bands.push({ series: [1, columns.length], fill: color("--mw-accent-soft") });
    columns.push(data.least);
  }
  // Where limits are moved with the mouse, it does not also choose a stretch of time.
  if (data.views) options.cursor = { drag: { x: false, y: false } };
  return new uPlot(options, learned ? [...columns, data.learned_low, ceiling] : columns, element);
}

function tellDrawn(plot) {
  document.dispatchEvent(new CustomEvent("midwatch:drawn", { detail: plot }));
}

let plot = null;
let view = 0;

function redraw() {
  plot?.destroy();
  const element = document.getElementById("chart");
  if (!element) {
    plot = null;
    return;
  }
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  plot = draw(element, { ...data, ...(data.views?.[view] ?? data.views?.[0]) });
  document.querySelectorAll("[data-view]").forEach((button) => {
    button.setAttribute("aria-pressed", String(Number(button.dataset.view) === view));
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-view]");
  if (!button) return;
  view = Number(button.dataset.view);
  redraw();
});

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

// What is known around an incident is asked for again and again; the same answer changes nothing, so that it can be read
// in peace.
let known = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "incident-evidence") return;
  const answer = event.detail.xhr.responseText;
  if (answer === known) event.detail.shouldSwap = false;
  known = answer;
});

// The page refreshes itself; a chart without a new result stays as it is, so that it can be read in peace.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.id !== "rule-chart") return;
  const found = (root) => root.querySelector("#chart-data")?.textContent;
  if (found(event.detail.fragment) === found(document)) event.detail.shouldSwap = false;
});
for (const swapped of ["htmx:oobAfterSwap", "htmx:afterSwap"]) {
  document.addEventListener(swapped, (event) => {
    if (["rule-chart", "rule-page", "backtest", "incident-evidence"].includes(event.detail.target.id)) show();
  });
}
