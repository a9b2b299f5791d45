(() => {
"use strict";
// Elements, numbers and buttons. Whatever comes from programs or texts becomes a text node.

const SVG = "http://www.w3.org/2000/svg";
const report = JSON.parse(document.getElementById("report").textContent);
const shownTexts = [...(report.texts ?? []), ...(report.probes ?? [])];
const heads = report.heads.filter((head) => head.asked); // the others are only there for their numbers

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

// With a true minus sign, and none before a zero.
const fixed = (value, digits = 3) =>
  value === null || value === undefined
    ? ""
    : (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "−");
const percent = (value) => `${Math.round(100 * value)}%`;
const grouped = (value, digits) =>
  value >= 1000 ? Math.round(value).toLocaleString("en") : fixed(value, value >= 100 ? 0 : digits);
// A ratio as a change: in percent, or how many times where it is large.
const change = (ratio) => {
  if (ratio >= 3) return `×${grouped(ratio, 1)}`;
  const share = fixed(100 * (ratio - 1), 1);
  return `${ratio > 1 && share !== "0.0" ? "+" : ""}${share}%`;
};
const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

const interval = (estimate) => `${fixed(estimate.low)} to ${fixed(estimate.high)} (95%)`;
const textsOf = (estimate, word) =>
  `${count(estimate.texts, word)}${estimate.note ? ", which are few" : ""}`;

const headLink = (head, ...children) =>
  el("a", { href: `#/head/${head.layer}.${head.head}` }, children.length ? children : head.name);
const programLink = (number) =>
  el("a", { href: `#/program/${addressOf(number)}`, class: "mono" }, report.programs[number].name);
// A program's hash stays the same from run to run; where two have one, its number has to do.
const addressOf = (number) => {
  const { hash } = report.programs[number];
  return report.programs.findIndex((program) => program.hash === hash) === number
    ? hash
    : `${number}`;
};

// A docstring's paragraphs; its lines are as wide as its file, not as the page.
const doc = (docstring) =>
  docstring
    .split(/\n\s*\n/)
    .map((part) => el("p", { class: "doc" }, part.replace(/\s+/g, " ").trim()));

let hiding;
function say(message) {
  const tip = document.getElementById("tip");
  tip.textContent = message;
  tip.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => tip.classList.remove("shown"), 1800);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from disk may lack the clipboard: select in a field and copy the old way.
    const field = el("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(`${what} copied`);
}

const copyButton = (label, what, text, spoken = label) =>
  el(
    "button",
    { type: "button", class: "small", "aria-label": spoken, onclick: () => copy(text(), what) },
    label,
  );

function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say(`${name} saved`);
}

function swatch(colour) {
  return el("span", { class: "swatch", style: { background: colour }, "aria-hidden": "true" });
}

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
  return unpackedMaps(await inflated(block), shownTexts[text], report.heads.length);
}

async function inflated(block) {
  const packed = atob(block);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// All maps of a text: one for each head, then the predicted ones.
function unpackedMaps(cells, entry, count) {
  const size = cells.length / (count + entry.maps);
  const map = (number) => cells.subarray(number * size, (number + 1) * size);
  return {
    tokens: entry.tokens,
    real: (head) => map(head),
    predicted: (number) => map(count + number),
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

// Of a text, or of a probe text, whose numbers go on where those of texts end.
async function pairOf(head, text, constant = true) {
  const maps = await mapsOf(text);
  const entry = report.heads[head];
  const { resting } = shownTexts[text];
  return {
    tokens: maps.tokens,
    real: maps.real(head),
    predicted: maps.predicted(entry.map),
    constant:
      constant && entry.constant
        ? constantCells(entry.constant, resting, maps.tokens.length)
        : null,
  };
}

// The text with its edges; and a head's maps as a picture to keep.

const EDGE = 0.03; // weights below this are not drawn
const EDGES = 8;

function tokenStrip(pair, choose) {
  const lines = svg("svg", { class: "edges", "aria-hidden": "true" });
  const buttons = pair.tokens.map((token, query) =>
    el(
      "button",
      {
        type: "button",
        tabindex: "-1",
        class: "token",
        title: `token ${query}`,
        "aria-pressed": "false",
        onmouseenter: () => choose(query),
        onfocus: () => choose(query),
        onclick: () => choose(query),
      },
      token,
    ),
  );
  const node = el(
    "div",
    {
      class: "tokens",
      role: "toolbar",
      "aria-label": "Tokens of the text; arrow keys choose the query",
      onkeydown: (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -buttons.length, End: buttons.length }[
          event.key
        ];
        if (!step) return;
        const at = buttons.indexOf(document.activeElement) + step;
        buttons[Math.min(buttons.length - 1, Math.max(0, at))].focus();
        event.preventDefault();
      },
    },
    lines,
    buttons,
  );
  const key = el(
    "p",
    { class: "legend" },
    "From the query to its keys:",
    pair.real ? el("span", {}, swatch("var(--real)"), "real") : null,
    el("span", {}, swatch("var(--predicted)"), "predicted"),
    `Shading is the ${pair.real ? "real" : "predicted"} weight. Point at a token to make it the query.`,
  );

  // A token is touched only where what is shown of it changes: there may be hundreds.
  const shown = buttons.map(() => "");
  let chosen = null;
  function show(query) {
    buttons.forEach((button, i) => {
      const weight = weightAt(pair.real ?? pair.predicted, query, i, buttons.length);
      const share = weight === null ? null : Math.round(64 * Math.sqrt(weight)) / 64;
      const said =
        weight === null
          ? ", hidden from the query"
          : `:${pair.real ? ` real ${fixed(weight, 2)},` : ""} predicted ${fixed(weightAt(pair.predicted, query, i, buttons.length), 2)}`;
      const state = `${share} ${said} ${isDark()}`;
      if (shown[i] === state) return;
      shown[i] = state;
      button.style.background = share === null ? "" : colour("weight", share);
      button.style.color = share === null ? "" : inkOn("weight", share);
      button.classList.toggle("hidden-key", share === null);
      button.setAttribute("aria-label", spoken(pair, i) + said);
    });
    if (chosen !== null) choice(buttons[chosen], false);
    choice(buttons[query], true);
    chosen = query;
    drawEdges(lines, node, buttons, pair, query);
  }
  function choice(button, yes) {
    button.classList.toggle("query", yes);
    button.setAttribute("aria-pressed", String(yes));
    button.tabIndex = yes ? 0 : -1;
  }
  return { node: el("div", {}, key, node), show };
}

function drawEdges(lines, node, buttons, pair, query) {
  const box = node.getBoundingClientRect();
  lines.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const middle = (button) => {
    const at = button.getBoundingClientRect();
    return {
      x: at.left - box.left + at.width / 2,
      top: at.top - box.top,
      bottom: at.bottom - box.top,
    };
  };
  const from = middle(buttons[query]);
  const drawn = [];
  for (const [side, map] of [
    ["real", pair.real],
    ["predicted", pair.predicted],
  ]) {
    const keys = buttons.map((_, key) => [weightAt(map, query, key, buttons.length) ?? 0, key]);
    keys.sort((a, b) => b[0] - a[0]);
    for (const [weight, key] of keys.slice(0, EDGES)) {
      if (weight < EDGE) break;
      drawn.push(edge(from, middle(buttons[key]), weight, side));
    }
  }
  lines.replaceChildren(...drawn);
}

// In the query's own line real edges go above the tokens, predicted ones below; those to another
// line go through the space between the lines, so that they cross no token of the next one.
function edge(from, to, weight, side) {
  const up = side === "real";
  const aside = up ? -3 : 3;
  const other = to.top < from.top - 4 ? "above" : to.top > from.top + 4 ? "below" : null;
  const path = other ? betweenLines(from, to, aside, other) : inLine(from, to, up);
  return svg("path", {
    class: `edge ${side}`,
    d: path,
    "stroke-width": 1 + 4 * weight,
    "stroke-opacity": 0.35 + 0.65 * weight,
  });
}

function betweenLines(from, to, aside, other) {
  const [start, end] = other === "above" ? [from.top, to.bottom] : [from.bottom, to.top];
  const middle = (start + end) / 2;
  return `M${from.x + aside} ${start} C${from.x + aside} ${middle} ${to.x + aside} ${middle} ${to.x + aside} ${end}`;
}

function inLine(from, to, up) {
  const y = (place) => (up ? place.top : place.bottom);
  const bend = (up ? -1 : 1) * Math.min(15, 5 + Math.abs(from.x - to.x) / 16);
  const [start, end] = from.x === to.x ? [from.x + 7, to.x - 7] : [from.x, to.x];
  return `M${start} ${y(from)} C${start} ${y(from) + bend} ${end} ${y(to) + bend} ${end} ${y(to)}`;
}

const figureName = (head, ending) =>
  `${head.name.replace(".", "-")}-text-${looking.text + 1}.${ending}`;

const figureTitle = (head, name) =>
  ({
    real: `Head ${head.name}, real`,
    predicted: `Predicted by ${report.programs[head.program].name}`,
  })[name] ?? KINDS[name].title;

function savePng(head, pair) {
  const size = 512,
    gap = 24,
    top = 56;
  const kinds = kindsOf(pair);
  const whole = el("canvas", {
    width: kinds.length * size + (kinds.length + 1) * gap,
    height: size + top + gap,
  });
  const pen = whole.getContext("2d");
  pen.fillStyle = isDark() ? "#14171c" : "#ffffff";
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.imageSmoothingEnabled = false;
  kinds.forEach((name, i) => {
    const part = el("canvas");
    drawMap(part, pair, KINDS[name]);
    pen.fillStyle = isDark() ? "#e6e9ee" : "#1b222d";
    pen.font = "18px system-ui, sans-serif";
    pen.fillText(figureTitle(head, name), gap + i * (size + gap), top - 16, size);
    pen.drawImage(part, gap + i * (size + gap), top, size, size);
  });
  whole.toBlob((blob) => save(blob, figureName(head, "png")), "image/png");
}

// With the tokens beside: queries at the left, keys above each map.
function saveSvg(head, pair) {
  const cell = 9,
    length = pair.tokens.length,
    wide = length * cell,
    gap = 24;
  const labels = 10 + 5 * Math.min(14, Math.max(...pair.tokens.map((token) => token.length)));
  const top = labels + 30,
    left = labels + gap;
  const ink = isDark() ? "#e6e9ee" : "#1b222d";
  const short = (token) => (token.length > 14 ? `${token.slice(0, 13)}…` : token);
  const small = { "font-size": 8, "font-family": "monospace" };
  const kinds = kindsOf(pair);
  const width = left + kinds.length * (wide + gap),
    height = wide + top + gap;
  const whole = svg(
    "svg",
    {
      xmlns: SVG,
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "sans-serif",
      "font-size": 13,
      fill: ink,
    },
    svg("title", {}, `${head.name}: ${report.programs[head.program].name}`),
    svg("rect", { width, height, fill: isDark() ? "#14171c" : "#ffffff" }),
    pair.tokens.map((token, query) =>
      svg(
        "text",
        { ...small, x: left - 5, y: top + query * cell + 7, "text-anchor": "end" },
        short(token),
      ),
    ),
  );
  kinds.forEach((name, i) => {
    const part = svg(
      "g",
      { transform: `translate(${left + i * (wide + gap)} ${top})` },
      svg("text", { y: -labels - 8 }, figureTitle(head, name)),
      pair.tokens.map((token, key) =>
        svg(
          "text",
          { ...small, transform: `translate(${key * cell + 7} -4) rotate(-90)` },
          short(token),
        ),
      ),
    );
    eachCell(pair, KINDS[name], (query, key, value) =>
      part.append(
        svg("rect", {
          x: key * cell,
          y: query * cell,
          width: cell,
          height: cell,
          fill: colourOf(KINDS[name], value),
        }),
      ),
    );
    whole.append(part);
  });
  const text = new XMLSerializer().serializeToString(whole);
  save(new Blob([text], { type: "image/svg+xml" }), figureName(head, "svg"));
}

// Maps of one head on one text that show the same row, with its numbers and reasons below.

// The row whose head (else program) looks hardest at something other than the first token or itself.
function tellingRow(pair) {
  let best = [0, pair.tokens.length - 1];
  eachCell(pair, pair.real ? KINDS.real : KINDS.predicted, (query, key, value) => {
    if (key > 0 && key !== query && value > best[0]) best = [value, query];
  });
  return best[1];
}

// `explain` gives what is told below the numbers of a row, or nothing for it to stay as it is; it
// learns whether the cell was clicked. `look` draws anew, also after another pattern came to the pair.
function linkedMaps(head, pair, tell, explain) {
  const length = pair.tokens.length;
  const why = el("div", { class: "why" });
  const numbers = el("div", { class: "numbers" });
  const canvases = kindsOf(pair).map((name) => {
    const canvas = el("canvas", {
      role: "img",
      "data-kind": name,
      "aria-label": inWords(head, pair, name),
      onmousemove: (event) => point(...placeIn(event, canvas, length)),
      onclick: (event) => look(...placeIn(event, canvas, length), true),
    });
    return canvas;
  });
  const strip = tokenStrip(pair, (query) => look(query, null));

  // However fast the mouse is: once a frame, and only where it is at another cell.
  let looked = null,
    next = null;
  function point(query, key) {
    if (!next)
      requestAnimationFrame(() => {
        const [row, column] = next;
        next = null;
        if (looked === null || looked[0] !== row || looked[1] !== column) look(row, column);
      });
    next = [query, key];
  }
  function look(query, key, clicked = false) {
    if (looked !== null && looked[0] !== query) tell(rowInWords(pair, query));
    looked = [query, key];
    canvases.forEach((canvas) => drawMap(canvas, pair, KINDS[canvas.dataset.kind], query, key));
    strip.show(query);
    const told = explain(query, key, clicked);
    if (told !== undefined) why.replaceChildren(...[told].flat().filter(Boolean));
    numbers.replaceChildren(...rowNumbers(pair, query, key), why);
  }

  requestAnimationFrame(() => look(tellingRow(pair), null));
  const nodes = [
    strip.node,
    el(
      "div",
      { class: "maps" },
      canvases.map((canvas) =>
        el("figure", {}, el("figcaption", {}, KINDS[canvas.dataset.kind].title), canvas),
      ),
    ),
    el(
      "p",
      { class: "legend" },
      "A row is a query, a column a key.",
      ramp("weight 0", "1", (share) => colour("weight", share)),
      pair.real ? ramp("predicted less than real", "more", (share) => signed(2 * share - 1)) : null,
      "Square-root scales.",
    ),
    numbers,
  ];
  return { nodes, look, looked: () => looked, canvases };
}

function placeIn(event, canvas, length) {
  const box = canvas.getBoundingClientRect();
  const index = (offset, size) =>
    Math.min(length - 1, Math.max(0, Math.floor((offset / size) * length)));
  return [index(event.clientY - box.top, box.height), index(event.clientX - box.left, box.width)];
}

// The keys of a query, those with most weight first, real or predicted.
function keysOf(pair, query) {
  const length = pair.tokens.length;
  const { first, last } = rowOf(query, length);
  const keys = [];
  for (let key = first; key <= last; key++)
    keys.push({
      key,
      real: weightAt(pair.real, query, key, length),
      predicted: weightAt(pair.predicted, query, key, length),
      constant: pair.constant ? constantAt(pair, query, key) : null,
    });
  return keys.sort(
    (a, b) => Math.max(b.real ?? 0, b.predicted) - Math.max(a.real ?? 0, a.predicted),
  );
}

const rowInWords = (pair, query) =>
  `From ${spoken(pair, query)}: ` +
  keysOf(pair, query)
    .slice(0, 3)
    .map(
      ({ key, real, predicted }) =>
        `${spoken(pair, key)} ${real === null ? "" : `${fixed(real, 2)}, `}predicted ${fixed(predicted, 2)}`,
    )
    .join("; ");

// The same as a table.
function rowNumbers(pair, query, looked) {
  const keys = keysOf(pair, query);
  const shown = keys.slice(0, 6);
  const there = keys.find((one) => one.key === looked);
  if (there && !shown.includes(there)) shown.push(there);
  return [
    el(
      "table",
      { class: "list row-table" },
      el(
        "caption",
        {},
        "From ",
        el("strong", { class: "mono" }, pair.tokens[query]),
        ` (token ${query}), the keys with most weight`,
      ),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["key", "token", "real", "predicted", "constant", "difference"].map((name, i) =>
            el("th", { scope: "col", class: i === 1 ? null : "number" }, name),
          ),
        ),
      ),
      el(
        "tbody",
        {},
        shown.map(({ key, real, predicted, constant }) =>
          el(
            "tr",
            { class: key === looked ? "looked" : null },
            el("td", { class: "number" }, `${key}`),
            el("td", { class: "mono" }, pair.tokens[key]),
            [real, predicted, constant, real === null ? null : predicted - real].map((value) =>
              el("td", { class: "number" }, value === null ? "–" : fixed(value, 2)),
            ),
          ),
        ),
      ),
    ),
  ];
}

// In the map's view: draws what the extension hands over, and tells it of another text.

const editor = acquireVsCodeApi();
const place = document.getElementById("map");
const text = document.getElementById("text");
text.addEventListener("input", () => editor.postMessage({ text: text.value }));
let drawn = null;

function draw(found) {
  drawn = null;
  if (found.error || !found.tokens.length) {
    place.replaceChildren(el("p", { class: "note" }, found.error || "Write a text to look at."));
    return;
  }
  const pair = { tokens: found.tokens, predicted: bytesOf(found.weights) };
  drawn = {
    pair,
    ...linkedMaps(
      { name: found.name },
      pair,
      () => {},
      () => null,
    ),
  };
  place.replaceChildren(
    el("h1", { class: "mono" }, found.name),
    ...drawn.nodes,
    found.note ? el("p", { class: "note" }, found.note) : "",
  );
}

const bytesOf = (weights) =>
  Uint8Array.from(weights.flat(), (weight) => Math.round(255 * Math.sqrt(weight)));

addEventListener("message", ({ data }) => {
  const same =
    drawn &&
    !data.error &&
    drawn.pair.tokens.join("\0") === data.tokens.join("\0") &&
    drawn.looked();
  if (!same) return draw(data);
  drawn.pair.predicted = bytesOf(data.weights);
  place.querySelector("h1").textContent = data.name;
  drawn.look(...drawn.looked());
});

const follow = () => {
  document.documentElement.dataset.theme = /vscode-(dark|high-contrast(?!-light))/.test(
    document.body.className,
  )
    ? "dark"
    : "light";
  if (drawn?.looked()) drawn.look(...drawn.looked());
};
new MutationObserver(follow).observe(document.body, {
  attributes: true,
  attributeFilter: ["class"],
});
follow();
editor.postMessage({ text: text.value });

})();
