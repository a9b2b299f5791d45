// Maps: unpacked from the page a text at a time, looked up by row, drawn on a canvas.

// A byte is 255 times the square root of a weight.
const WEIGHT = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2);
const unpacked = new Map();

function mapsOf(text) {
  if (!unpacked.has(text)) unpacked.set(text, unpack(text));
  return unpacked.get(text);
}

async function unpack(text) {
  const packed = atob(document.getElementById(`maps-${text}`).textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const cells = new Uint8Array(await new Response(stream).arrayBuffer());
  const entry = report.texts[text];
  const size = cells.length / (report.heads.length + entry.maps);
  const map = (number) => cells.subarray(number * size, (number + 1) * size);
  return {
    tokens: entry.tokens,
    real: (head) => map(head),
    predicted: (number) => map(report.heads.length + number),
  };
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
      return resting.includes(key) ? rest : key <= query ? far(behind, query - key) : far(ahead, key - query - 1);
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
    weight: [[240, 243, 247], [150, 192, 232], [42, 111, 184], [9, 36, 84]],
    more: [[240, 243, 247], [240, 160, 84], [150, 62, 4]],
    less: [[240, 243, 247], [96, 160, 216], [12, 60, 120]],
    fit: [[247, 226, 214], [233, 214, 160], [106, 176, 140], [8, 92, 92]],
  },
  dark: {
    weight: [[42, 50, 61], [26, 78, 134], [74, 150, 218], [226, 242, 255]],
    more: [[42, 50, 61], [176, 92, 24], [255, 200, 140]],
    less: [[42, 50, 61], [40, 104, 170], [176, 218, 255]],
    fit: [[74, 44, 40], [112, 92, 50], [52, 132, 104], [140, 232, 206]],
  },
};

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
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

// The kinds of map: a cell's value from its weights, and its colour.
const KINDS = {
  real: {
    title: "Real",
    value: (real) => real,
    colour: (value) => colour("weight", Math.sqrt(value)),
  },
  predicted: {
    title: "Predicted by the program",
    value: (real, predicted) => predicted,
    colour: (value) => colour("weight", Math.sqrt(value)),
  },
  constant: {
    title: "Best constant pattern",
    value: (real, predicted, constant) => constant,
    colour: (value) => colour("weight", Math.sqrt(value)),
  },
  difference: {
    title: "Predicted minus real",
    value: (real, predicted) => predicted - real,
    colour: (value) => colour(value > 0 ? "more" : "less", Math.sqrt(Math.abs(value))),
  },
};

// Those that there are: older runs have no constant patterns, a program alone has no head.
const kindsOf = (pair) =>
  Object.keys(KINDS).filter((name) => (name === "predicted" ? true : name === "constant" ? pair.constant : pair.real));

// What the colours stand for, as bars from one end of a scale to the other.
function ramp(low, high, share) {
  const stops = Array.from({ length: 24 }, (_, i) => share(i / 23));
  const bar = el("span", {
    class: "ramp", style: { background: `linear-gradient(90deg, ${stops.join(",")})` }, "aria-hidden": "true",
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
      visit(query, key, kind.value(WEIGHT[pair.real?.[at]], WEIGHT[pair.predicted[at]], pair.constant?.[at]));
    }
  }
}

function drawMap(canvas, pair, kind, query = null, key = null) {
  const length = pair.tokens.length;
  const size = Math.max(3, Math.floor(512 / length));
  canvas.width = canvas.height = length * size;
  const pen = canvas.getContext("2d");
  eachCell(pair, kind, (row, column, value) => {
    pen.fillStyle = kind.colour(value);
    pen.fillRect(column * size, row * size, size, size);
  });
  if (query === null) return;
  const { first, last } = rowOf(query, length);
  pen.strokeStyle = isDark() ? "#ffd166" : "#c2410c";
  pen.lineWidth = 2;
  pen.strokeRect(first * size, query * size, (last - first + 1) * size, size);
  if (key !== null && key >= first && key <= last)
    pen.strokeRect(key * size - 1, query * size - 1, size + 2, size + 2);
}

// A token as it is spoken, with its place.
const SIGNS = { "⏎": "newline", "⇥": "tab", "␍": "return", "␣": "space", "∅": "nothing" };
const spoken = (pair, i) => `${pair.tokens[i].replace(/[⏎⇥␍␣∅]/g, (sign) => SIGNS[sign]).trim()} (${i})`;

// A map for who can't see it: where the weight is, and the strongest edges elsewhere.
function inWords(head, pair, name) {
  const on = [0, 0, 0], cells = [], length = pair.tokens.length;
  eachCell(pair, KINDS[name], (query, key, value) => {
    const places = [key === 0, key === query - 1, key === query];
    if (name === "difference" || !places.includes(true)) cells.push([Math.abs(value), query, key, value]);
    // As for the figures: not in the first rows, where these are one and the same.
    if (query > 1) places.forEach((there, i) => { on[i] += there ? value : 0; });
  });
  cells.sort((a, b) => b[0] - a[0]);
  const edges = cells.slice(0, 4).filter(([size]) => size >= 0.01)
    .map(([, query, key, value]) => `from ${spoken(pair, query)} to ${spoken(pair, key)} ${fixed(value, 2)}`);
  const shares = on.map((sum) => percent(sum / Math.max(length - 2, 1)));
  const said = name === "difference"
    ? ["largest differences"]
    : [`${shares[0]} on the first token, ${shares[1]} on the token before, ${shares[2]} on the token itself`, "strongest elsewhere"];
  const last = `${said.pop()}: ${edges.join(", ") || "none"}`;
  return `${KINDS[name].title}, ${head.name}, ${length} tokens. ${[...said, last].join("; ")}`;
}

async function pairOf(head, text) {
  const maps = await mapsOf(text);
  const entry = report.heads[head];
  const { resting } = report.texts[text];
  return {
    tokens: maps.tokens,
    real: maps.real(head),
    predicted: maps.predicted(entry.map),
    constant: entry.constant && constantCells(entry.constant, resting, maps.tokens.length),
  };
}
