// Maps: unpacked from the page a text at a time, looked up by row, painted once, drawn on a canvas.

// A byte is 255 times the square root of a weight.
const WEIGHT = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2);
const unpacked = new Map();

function mapsOf(text) {
  if (!unpacked.has(text)) unpacked.set(text, unpack(text));
  return unpacked.get(text);
}

async function unpack(text) {
  const block = document.getElementById(`maps-${text}`).textContent;
  return unpackedMaps(await inflated(block), shownTexts[text], report);
}

async function inflated(block) {
  const packed = atob(block);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// All maps of a text of a report: one for each head, then the predicted ones that it keeps whole.
function unpackedMaps(cells, entry, said) {
  const count = said.heads.length;
  const rests = said.rests ?? []; // reports of older versions keep every map whole
  const isWhole = (slot) => !rests[slot] || entry.whole.includes(slot);
  const places = new Map();
  for (let slot = 0; slot < entry.maps; slot++)
    if (isWhole(slot)) places.set(slot, count + places.size);
  const size = cells.length / (count + places.size);
  const map = (number) => cells.subarray(number * size, (number + 1) * size);
  const rested = new Map();
  function predicted(slot) {
    if (places.has(slot)) return map(places.get(slot));
    if (!rested.has(slot)) {
      const [of, times] = rests[slot];
      rested.set(slot, restedMap(map(places.get(of)), times, entry));
    }
    return rested.get(slot);
  }
  return { tokens: entry.tokens, real: map, predicted };
}

// A map that is another one but for what rests: that is `times` as heavy, and rows add up to 1.
function restedMap(other, times, { tokens, resting }) {
  const made = new Uint8Array(other.length);
  for (let query = 0; query < tokens.length; query++) {
    const { start, first, last } = rowOf(query, tokens.length);
    const row = Array.from(
      { length: last - first + 1 },
      (_, i) => (other[start + i] / 255) ** 2 * (resting.includes(first + i) ? times : 1),
    );
    const sum = row.reduce((a, b) => a + b, 0) || 1;
    row.forEach((weight, i) => {
      made[start + i] = Math.round(255 * Math.sqrt(weight / sum));
    });
  }
  return made;
}

// Where the cells of a query's row begin, and its first and last key.
function rowOf(query, length) {
  const { kind, window } = report.mask;
  if (kind === "full") return { start: query * length, first: 0, last: length - 1 };
  if (kind === "causal" || query < window)
    return { start: (query * (query + 1)) / 2, first: 0, last: query };
  const full = (window * (window + 1)) / 2;
  return { start: full + (query - window) * window, first: query - window + 1, last: query };
}

// Null where the key is hidden, or where there is no such map.
function weightAt(map, query, key, length) {
  if (!map) return null;
  const { start, first, last } = rowOf(query, length);
  return key < first || key > last ? null : WEIGHT[map[start + key - first]];
}

// What a head's best constant pattern puts in every cell: weights by distance, what rests apart.
function constantCells({ kind, rest, behind, ahead }, resting, length) {
  const cells = [];
  const far = (weights, distance) => weights[Math.min(distance, weights.length - 1)] ?? 0;
  for (let query = 0; query < length; query++) {
    const { first, last } = rowOf(query, length);
    const weigh = (key) => {
      if (kind === "first" && report.mask.kind === "full") return Number(key === 0);
      return resting.includes(key)
        ? rest
        : key <= query
          ? far(behind, query - key)
          : far(ahead, key - query - 1);
    };
    const row = Array.from({ length: last - first + 1 }, (_, i) => weigh(first + i));
    const sum = row.reduce((a, b) => a + b, 0);
    cells.push(...row.map((weight, i) => (sum < 1e-12 ? Number(i === 0) : weight / sum)));
  }
  return Float32Array.from(cells);
}

function constantAt(pair, query, key) {
  const { start, first } = rowOf(query, pair.tokens.length);
  return pair.constant[start + key - first];
}

// Colours between stops, as [r, g, b]; the stops follow the theme.
const RAMPS = {
  light: {
    weight: [
      [240, 243, 247],
      [150, 192, 232],
      [42, 111, 184],
      [9, 36, 84],
    ],
    more: [
      [240, 243, 247],
      [240, 160, 84],
      [150, 62, 4],
    ],
    less: [
      [240, 243, 247],
      [96, 160, 216],
      [12, 60, 120],
    ],
    fit: [
      [247, 226, 214],
      [233, 214, 160],
      [106, 176, 140],
      [8, 92, 92],
    ],
  },
  dark: {
    weight: [
      [42, 50, 61],
      [26, 78, 134],
      [74, 150, 218],
      [226, 242, 255],
    ],
    more: [
      [42, 50, 61],
      [176, 92, 24],
      [255, 200, 140],
    ],
    less: [
      [42, 50, 61],
      [40, 104, 170],
      [176, 218, 255],
    ],
    fit: [
      [74, 44, 40],
      [112, 92, 50],
      [52, 132, 104],
      [140, 232, 206],
    ],
  },
};

// Asked for every colour, so the browser is asked once what to look out for.
const onPaper = matchMedia("print"),
  darkSystem = matchMedia("(prefers-color-scheme: dark)");
function isDark() {
  if (onPaper.matches) return false;
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : darkSystem.matches;
}

function mixed(name, share) {
  const stops = RAMPS[isDark() ? "dark" : "light"][name];
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  return stops[below].map((from, i) =>
    Math.round(from + (stops[below + 1][i] - from) * (place - below)),
  );
}

const colour = (name, share) => `rgb(${mixed(name, share).join(" ")})`;

// Black or white, whichever stands out more: at least 4.5 to 1 on any colour.
const inkOn = (name, share) => {
  const [r, g, b] = mixed(name, share).map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000000" : "#ffffff";
};

// The kinds of map: a cell's value from its weights, and which colours stand for it, how far along.
const ofWeight = (value) => ["weight", Math.sqrt(value)];
const KINDS = {
  real: { title: "Real", value: (real) => real, shade: ofWeight },
  predicted: {
    title: "Predicted by the program",
    value: (real, predicted) => predicted,
    shade: ofWeight,
  },
  constant: {
    title: "Best constant pattern",
    value: (real, predicted, constant) => constant,
    shade: ofWeight,
  },
  difference: {
    title: "Predicted minus real",
    value: (real, predicted) => predicted - real,
    shade: (value) => [value > 0 ? "more" : "less", Math.sqrt(Math.abs(value))],
  },
};
const colourOf = (kind, value) => colour(...kind.shade(value));

// Those that there are: older runs have no constant patterns, a program alone has no head.
const kindsOf = (pair) =>
  Object.keys(KINDS).filter((name) =>
    name === "predicted" ? true : name === "constant" ? pair.constant : pair.real,
  );

// What the colours stand for, as bars from one end of a scale to the other.
function ramp(low, high, share) {
  const stops = Array.from({ length: 24 }, (_, i) => share(i / 23));
  const bar = el("span", {
    class: "ramp",
    style: { background: `linear-gradient(90deg, ${stops.join(",")})` },
    "aria-hidden": "true",
  });
  return el("span", { class: "scale" }, low, bar, high);
}
const signed = (share) => colour(share > 0 ? "more" : "less", Math.abs(share));

function eachCell(pair, kind, visit) {
  const length = pair.tokens.length;
  for (let query = 0; query < length; query++) {
    const { start, first, last } = rowOf(query, length);
    for (let key = first; key <= last; key++) {
      const at = start + key - first;
      visit(
        query,
        key,
        kind.value(WEIGHT[pair.real?.[at]], WEIGHT[pair.predicted[at]], pair.constant?.[at]),
      );
    }
  }
}

// A ramp of the theme as 256 pixels, and the canvases that were painted of a pair, by kind.
const pixels = new Map();
const painted = new WeakMap();

function pixelsOf(name) {
  const called = `${name} ${isDark()}`;
  if (!pixels.has(called))
    pixels.set(
      called,
      Uint32Array.from({ length: 256 }, (_, step) => {
        const [r, g, b] = mixed(name, step / 255);
        return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
      }),
    );
  return pixels.get(called);
}

// A map with a pixel for each cell, painted anew only for other weights or another theme.
function paintedMap(pair, kind) {
  if (!painted.has(pair)) painted.set(pair, new Map());
  const known = painted.get(pair).get(kind);
  const state = [isDark(), pair.real, pair.predicted, pair.constant];
  if (known && state.every((one, i) => one === known.state[i])) return known.canvas;
  const length = pair.tokens.length;
  const canvas = el("canvas", { width: length, height: length });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(length, length);
  const cells = new Uint32Array(image.data.buffer);
  eachCell(pair, kind, (query, key, value) => {
    const [name, share] = kind.shade(value);
    cells[query * length + key] = pixelsOf(name)[Math.round(255 * Math.min(1, share))];
  });
  pen.putImageData(image, 0, 0);
  painted.get(pair).set(kind, { canvas, state });
  return canvas;
}

function drawMap(canvas, pair, kind, query = null, key = null) {
  const length = pair.tokens.length;
  const size = Math.max(2, Math.floor(512 / length)),
    wide = length * size;
  if (canvas.width !== wide) canvas.width = canvas.height = wide;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.clearRect(0, 0, wide, wide);
  pen.drawImage(paintedMap(pair, kind), 0, 0, wide, wide);
  outlineMarks(pen, pair, size);
  if (query === null) return;
  const { first, last } = rowOf(query, length);
  pen.strokeStyle = isDark() ? "#ffd166" : "#c2410c";
  pen.lineWidth = 2;
  pen.strokeRect(first * size, query * size, (last - first + 1) * size, size);
  if (key !== null && key >= first && key <= last)
    pen.strokeRect(key * size - 1, query * size - 1, size + 2, size + 2);
}

// Keys that a known mechanism names, on probe texts.
function outlineMarks(pen, pair, size) {
  pen.strokeStyle = isDark() ? "#7ee0a8" : "#0a7d45";
  pen.lineWidth = Math.max(1, Math.min(2, size / 4));
  for (const { row, keys } of pair.marks ?? [])
    for (const key of keys) pen.strokeRect(key * size + 0.5, row * size + 0.5, size - 1, size - 1);
}

// A token as it is spoken, with its place.
const SIGNS = { "⏎": "newline", "⇥": "tab", "␍": "return", "␣": "space", "∅": "nothing" };
const spoken = (pair, i) =>
  `${pair.tokens[i].replace(/[⏎⇥␍␣∅]/g, (sign) => SIGNS[sign]).trim()} (${i})`;

// A map for who can't see it: where the weight is, and the strongest edges elsewhere.
function inWords(head, pair, name) {
  const on = [0, 0, 0],
    cells = [],
    length = pair.tokens.length;
  eachCell(pair, KINDS[name], (query, key, value) => {
    const places = [key === 0, key === query - 1, key === query];
    if (Math.abs(value) >= 0.01 && (name === "difference" || !places.includes(true)))
      cells.push([Math.abs(value), query, key, value]);
    // As for the figures: not in the first rows, where these are one and the same.
    if (query > 1)
      places.forEach((there, i) => {
        on[i] += there ? value : 0;
      });
  });
  cells.sort((a, b) => b[0] - a[0]);
  const edges = cells
    .slice(0, 4)
    .map(
      ([, query, key, value]) =>
        `from ${spoken(pair, query)} to ${spoken(pair, key)} ${fixed(value, 2)}`,
    );
  const shares = on.map((sum) => percent(sum / Math.max(length - 2, 1)));
  const said =
    name === "difference"
      ? ["largest differences"]
      : [
          `${shares[0]} on the first token, ${shares[1]} on the token before, ${shares[2]} on the token itself`,
          "strongest elsewhere",
        ];
  const last = `${said.pop()}: ${edges.join(", ") || "none"}`;
  return `${KINDS[name].title}, ${head.name}, ${length} tokens. ${[...said, last].join("; ")}`;
}
