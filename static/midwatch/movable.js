// Limits that can be moved on the chart of the past: with the mouse by the line or its handle, with a finger by the
// handle, with the arrow keys on the handle. The number field of the form follows at once; when the limit is let go, the
// page asks for the answer anew, as if somebody had typed.
const NEAR = 8; // pixels from a line at which the mouse takes it
const FAR = 10; // steps of Page Up and Page Down
const WEEK = 7 * 86400; // seconds
let moves = 0; // how often a limit was moved,
let asked = 0; // and how often when that was asked which is being answered
let chart = null; // the chart as it was last drawn
let taken = null; // the handle that is being moved with the mouse or a finger,
let from = 0; // and how far from its line it was taken

const handles = () => [...document.querySelectorAll(".mw-handle")];
const setting = (handle) => Number(handle.dataset.now ?? handle.dataset.value);
const seriesOf = (handle) => chart.series.findIndex((series) => series.side === handle.dataset.side);

// How a limit at `y` lies when its setting goes from `before` to `after`, by what the server says of the two.
const MOVES = {
  below: (y, before, after) => (y * (100 - after)) / (100 - before),
  above: (y, before, after) => (y * (100 + after)) / (100 + before),
  times: (y, before, after) => (y * after) / before,
  later: (y, before, after) => y + after - before,
  number: (_, __, after) => after,
};
// And which setting brings it from `y` to `to`.
const SETTINGS = {
  below: (y, before, to) => 100 - (to * (100 - before)) / y,
  above: (y, before, to) => (to * (100 + before)) / y - 100,
  times: (y, before, to) => (before * to) / y,
  later: (y, before, to) => before + to - y,
  number: (_, __, to) => to,
};

// The highest place of a line in its last week: there its handle is, and what it is moved by. Limits that differ from
// hour to hour are next to nothing at night.
function crest(handle) {
  const times = chart.data[0];
  const recent = (at) => times[at] > times[times.length - 1] - WEEK;
  return (chart.data[seriesOf(handle)] ?? []).reduce((most, y, at) => (y !== null && recent(at) ? Math.max(most ?? y, y) : most), null);
}

function plain(value) {
  return String(Number(value.toFixed(6)));
}

// As the field takes it: 35%, 90m, 1200.
function written(handle, value) {
  if (handle.dataset.how === "number") return plain(value);
  if (handle.dataset.how !== "later") return `${plain(value)}%`;
  if (value > 0 && value % 1440 === 0) return `${value / 1440}d`;
  return value > 0 && value % 60 === 0 ? `${value / 60}h` : `${plain(value)}m`;
}

function rounded(handle, value) {
  const { least, most, step } = handle.dataset;
  const steps = Math.round(value / step) * step;
  return Number(Math.min(most, Math.max(least, steps)).toFixed(6));
}

// Draws the line where the setting puts it, and says so on the handle. The answer of the server replaces all of it.
function place(handle, value) {
  const index = seriesOf(handle);
  if (index < 0) return;
  const { how } = handle.dataset;
  const before = setting(handle);
  const moved = chart.data[index].map((y) => (y === null ? null : MOVES[how](y, before, value)));
  handle.dataset.now = value;
  document.getElementById(handle.dataset.field).value = written(handle, value);
  chart.setData(chart.data.map((column, at) => (at === index ? moved : column)));
}

// Says where the limit is, and puts the handle beside the end of its line.
function show(handle) {
  const y = crest(handle);
  handle.hidden = y === null;
  if (y === null) return;
  const { side, label, unit, how, least, most } = handle.dataset;
  const value = setting(handle);
  const number = y.toLocaleString("en", { maximumFractionDigits: Math.abs(y) < 10 ? 2 : 0 });
  const limit = `${side === "low" ? "alerts below" : "alerts above"} ${number} ${unit}`;
  const edges = [least, most].map((edge) => MOVES[how](y, value, Number(edge)));
  handle.setAttribute("aria-valuenow", plain(y));
  handle.setAttribute("aria-valuemin", plain(Math.min(...edges)));
  handle.setAttribute("aria-valuemax", plain(Math.max(...edges)));
  handle.setAttribute("aria-valuetext", `${label} ${written(handle, value)}: ${limit}`);
  handle.dataset.told = `${label} ${written(handle, value)}`;
  const [left, top, width, height] = ["left", "top", "width", "height"].map((side) => chart.bbox[side] / devicePixelRatio);
  handle.style.top = `${top + Math.min(height, Math.max(0, chart.valToPos(y, "y")))}px`;
  handle.style.left = `${left + width}px`;
}

// As if somebody had typed: the form asks for the sentence and the answer again.
function tell(handle) {
  moves += 1;
  document.getElementById(handle.dataset.field).dispatchEvent(new Event("input", { bubbles: true }));
}

function valueAt(clientY) {
  return chart.posToVal(clientY - chart.over.getBoundingClientRect().top, "y");
}

function settingAt(handle, clientY) {
  const y = crest(handle);
  const to = valueAt(clientY) - from;
  const found = SETTINGS[handle.dataset.how](y, setting(handle), to);
  return Number.isFinite(found) ? rounded(handle, found) : setting(handle);
}

function nearLine(event) {
  if (!chart || event.pointerType === "touch" || !event.target.closest("#backtest .u-over")) return null;
  const over = chart.over.getBoundingClientRect();
  const at = chart.posToIdx(event.clientX - over.left);
  const distance = (handle) => {
    const y = chart.data[seriesOf(handle)]?.[at];
    return y === null || y === undefined ? Infinity : Math.abs(chart.valToPos(y, "y") + over.top - event.clientY);
  };
  const [nearest] = handles().sort((one, other) => distance(one) - distance(other));
  return nearest && distance(nearest) <= NEAR ? nearest : null;
}

document.addEventListener("midwatch:drawn", ({ detail }) => {
  chart = detail;
  handles().forEach(show);
});

document.addEventListener("pointerdown", (event) => {
  const handle = event.button === 0 ? event.target.closest(".mw-handle") ?? nearLine(event) : null;
  if (!handle || !chart) return;
  event.preventDefault();
  taken = handle;
  from = valueAt(event.clientY) - crest(handle);
  chart.held = [chart.scales.y.min, chart.scales.y.max]; // what is under the pointer stays under it
  handle.classList.add("mw-taken");
  handle.focus({ preventScroll: true });
});

document.addEventListener("pointermove", (event) => {
  if (taken) place(taken, settingAt(taken, event.clientY));
  else if (chart) chart.over.classList.toggle("mw-movable", Boolean(nearLine(event)));
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (!taken) return;
    taken.classList.remove("mw-taken");
    tell(taken);
    taken = null;
  });
}

const UP = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: FAR, PageDown: -FAR };

document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.(".mw-handle");
  if (!handle || !chart || !(event.key in UP)) return;
  event.preventDefault();
  // Up is up on the chart: a drop of more percent is a line farther down.
  const sign = handle.dataset.how === "below" ? -1 : 1;
  const value = rounded(handle, setting(handle) + sign * UP[event.key] * handle.dataset.step);
  if (value === setting(handle)) return;
  place(handle, value);
  tell(handle);
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "backtest") asked = moves;
});

// An answer that comes while a limit is being moved, or after it was moved again, is one to an earlier question.
let focused = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "backtest") return;
  if (taken || asked !== moves) event.detail.shouldSwap = false;
  focused = document.activeElement?.closest(".mw-handle")?.id ?? "";
});
// Until the swap has settled, what has the same id as before has its attributes of before.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "backtest" || !chart) return;
  handles().forEach(show);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
});
