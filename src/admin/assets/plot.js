// The plot of a series while it is watched: its values of the last five minutes, with axes. It is drawn in the
// size that it has on the screen, so that its labels are as large as other text.

const SAMPLES = 300;
const HEIGHT = 180;
const TOP = 24;
const BOTTOM = 24;
/** How wide a digit of a label is at most. */
const DIGIT = 7.5;
/** Spans of the time axis in seconds, with the steps between its labels. The last one holds every sample. */
const SPANS = [
  [60, 15],
  [120, 30],
  [300, 60],
];

/** A gap between samples that no line bridges: updates were paused, or the page was out of sight. */
const GAP_MS = 5_000;

/** In what a unit is said, smallest first: what one is, how it is called, and from which value on. */
const SCALES = {
  s: [
    [1e-6, "µs", 1e-12],
    [1e-3, "ms", 1e-3],
    [1, "s", 1],
    [60, "min", 120],
    [3_600, "h", 7_200],
    [86_400, "days", 172_800],
  ],
  By: [
    [1, "B", 1],
    [1_024, "KiB", 1_024],
    [1_048_576, "MiB", 1_048_576],
    [1_073_741_824, "GiB", 1_073_741_824],
  ],
};

/** @param what the series' name, unit and whether it is a rate */
export function createPlot({ title, unit, isRate }) {
  const element = svg("svg", { class: "plot", height: HEIGHT, role: "img" });
  const taken = [];

  /** @param now in milliseconds of any clock that does not jump */
  function push(value, now) {
    taken.push({ value, now });
    if (taken.length > SAMPLES) taken.shift();
    return draw();
  }

  /** @returns what there is to see, in words */
  function draw() {
    const { now, value } = taken.at(-1);
    const recent = taken.filter((sample) => now - sample.now <= SPANS.at(-1)[0] * 1_000);
    const passed = (now - recent[0].now) / 1_000;
    const [span, timeStep] = SPANS.find(([seconds]) => passed <= seconds) ?? SPANS.at(-1);
    const values = recent.map((sample) => sample.value);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const scale = scaleOf(Math.max(Math.abs(least), Math.abs(most)), unit, isRate);
    const ticks = ticksOf(least / scale.by, most / scale.by);

    const width = Math.max(200, element.clientWidth);
    const labels = ticks.map((tick) => said(tick));
    const left = Math.max(...labels.map(({ length }) => length)) * DIGIT + 10;
    const x = (seconds) => width - 8 - (seconds / span) * (width - 8 - left);
    const [low, high] = [ticks[0], ticks.at(-1)];
    const y = (scaled) =>
      HEIGHT - BOTTOM - ((scaled - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);

    const parts = [];
    if (scale.name !== "") parts.push(text(0, 12, scale.name, "start"));
    for (const [index, tick] of ticks.entries()) {
      const at = Math.round(y(tick)) + 0.5;
      parts.push(svg("path", { class: "grid", d: `M${left} ${at}H${width - 8}` }));
      parts.push(text(left - 6, at + 4, labels[index], "end"));
    }
    const each = width < 420 ? timeStep * 2 : timeStep;
    for (let seconds = 0; seconds <= span; seconds += each) {
      const at = Math.round(x(seconds)) + 0.5;
      parts.push(svg("path", { class: "tick", d: `M${at} ${HEIGHT - BOTTOM}v5` }));
      const anchor = seconds === 0 ? "end" : seconds === span ? "start" : "middle";
      const to = seconds === 0 ? at + 7 : seconds === span ? at - 6 : at;
      parts.push(text(to, HEIGHT - 5, seconds === 0 ? "now" : `−${time(seconds)}`, anchor));
    }
    let drawn = "";
    let before = -Infinity;
    for (const sample of recent) {
      const isNext = sample.now - before <= GAP_MS;
      before = sample.now;
      const [atX, atY] = [x((now - sample.now) / 1_000), y(sample.value / scale.by)];
      drawn += `${isNext ? "L" : "M"}${atX.toFixed(1)} ${atY.toFixed(1)}`;
    }
    parts.push(svg("path", { class: "line", d: drawn }));
    parts.push(svg("circle", { class: "last", cx: x(0), cy: y(value / scale.by), r: 3.5 }));
    element.replaceChildren(...parts);

    const name = scale.name === "" ? "" : ` ${scale.name}`;
    const [from, to] = [said(least / scale.by), said(most / scale.by)];
    const words = `now ${said(value / scale.by)}${name}, ${from === to ? "steady" : `from ${from} to ${to}`}`;
    const since = passed < 1 ? "" : ` in the last ${time(Math.round(passed))}`;
    element.setAttribute("aria-label", `${title}: ${words}${since}`);
    return words;
  }

  return { element, push };
}

/** Three to five round values from below the least to above the most; from zero where they come near it. */
export function ticksOf(least, most) {
  const low = least > 0 && least < most * 0.5 ? 0 : least;
  const span = most - low || Math.abs(most) * 0.1 || 1;
  const size = 10 ** Math.floor(Math.log10(span / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((each) => span / each <= 3);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: to - from + 1 }, (_, at) => (from + at) * step);
}

/** The unit in which values up to `size` are said with few digits. */
function scaleOf(size, unit, isRate) {
  const own = [1, unit === "By" ? "B" : unit.replace(/^\{(.*)\}$/, "$1")];
  const scales = isRate && unit === "s" ? [] : (SCALES[unit] ?? []);
  const [by, name] = scales.findLast(([, , from]) => size >= from) ?? own;
  return { by, name: isRate ? `${name} per second`.trim() : name };
}

/** A value in few digits, thousands and more with a letter. */
function said(value) {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return value.toExponential(2);
  for (const [by, letter] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]) {
    if (size >= by * 10) return `${Number((value / by).toPrecision(4))} ${letter}`;
  }
  return String(Number(value.toPrecision(4)));
}

function time(seconds) {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 6) / 10} min`;
}

function text(x, y, words, anchor) {
  const element = svg("text", { x, y, "text-anchor": anchor });
  element.textContent = words;
  return element;
}

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
