// @ts-check
// The program at the cursor beside the heads: maps drawn anew as it changes, measures, reasons.

/**
 * @typedef {{tokens: string[], real?: Uint8Array, predicted: Uint8Array,
 *   constant?: Float32Array}} Pair
 * @typedef {{name: string, pair: Pair, maps: any, why: any,
 *   pinned: [number, number] | null}} Side
 */
const looked = {
  seen: "",
  /** @type {Map<string, Side>} */ sides: new Map(),
  /** @type {any} */ here: null, // figures on this text
  /** @type {any} */ all: null, // and on all
};

const lookSection = () =>
  el(
    "div",
    { class: "look-at" },
    el("h2", {}, "Map of ", el("span", { id: "state", class: "mono", role: "status" })),
    el(
      "p",
      { id: "stale", class: "note", role: "status", hidden: true },
      "No whole program stands at the cursor: the maps are of the text as it was last whole.",
    ),
    el("div", { id: "measures" }),
    el("div", { id: "maps" }),
    el("p", { id: "said", class: "unseen", role: "status" }),
  );

/** @param {string} packed */
const bytesOf = (packed) => Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));

const lookNow = latest(async () => {
  const given = {
    text: editor.text(),
    at: editor.cursor(),
    on: chosen.on,
    head: chosen.head || null,
    beside: chosen.beside || null,
    have: looked.seen,
  };
  const told = await ask("look", given).catch((fault) => ({ fault }));
  if (told.fault) return banner("look", told.fault.message);
  banner("look");
  if (told.text) newSides(told);
  showLook(told);
});

/**
 * Another text or head: all is drawn anew.
 * @param {any} told
 */
function newSides(told) {
  looked.seen = told.seen;
  looked.sides.clear();
  const { tokens } = told.text;
  for (const head of Object.keys(told.real).length ? Object.keys(told.real) : [""]) {
    const real = told.real[head];
    /** @type {Pair} */
    const pair = {
      tokens,
      predicted: new Uint8Array(rowOf(tokens.length - 1, tokens.length).start + tokens.length),
    };
    if (real) pair.real = bytesOf(real.real);
    if (real?.constant)
      pair.constant = Float32Array.from(bytesOf(real.constant), (byte) => WEIGHT[byte]);
    /** @type {Side} */
    const side = { name: head || "the program", pair, maps: null, why: el("div"), pinned: null };
    side.maps = linkedMaps(
      { name: side.name },
      pair,
      (/** @type {string} */ words) => {
        byId("said").textContent = words;
      },
      (/** @type {number} */ query, /** @type {number} */ key, /** @type {boolean} */ clicked) => {
        if (clicked) pin(side, head, [query, key]);
        return side.why;
      },
    );
    looked.sides.set(head, side);
  }
  byId("maps").classList.toggle("two", looked.sides.size > 1);
  byId("maps").replaceChildren(
    ...[...looked.sides].map(([head, side]) =>
      el(
        "section",
        { "aria-label": side.name, class: "side" },
        head ? el("h3", {}, head) : null,
        side.maps.nodes,
      ),
    ),
  );
}

/** @param {any} told */
function showLook(told) {
  const stale = told.program === null;
  byId("maps").classList.toggle("stale", stale);
  byId("stale").hidden = !stale;
  if (stale) byId("kept").textContent = "";
  if (stale) return;
  byId("maps").dataset.program = told.program.hash;
  byId("state").textContent = `${told.program.name}${told.program.causal ? "" : ", not causal"}`;
  looked.here = told.heads[chosen.head]?.figures ?? null;
  for (const [head, { predicted }] of Object.entries(told.heads)) {
    const side = looked.sides.get(head);
    if (!side) continue;
    side.pair.predicted = bytesOf(predicted);
    for (const canvas of side.maps.canvases)
      canvas.setAttribute(
        "aria-label",
        inWords({ name: side.name }, side.pair, canvas.dataset.kind),
      );
    if (side.maps.looked()) side.maps.look(...side.maps.looked());
    if (side.pinned) whySoon();
  }
  showMeasures();
  measureSoon();
  treeSoon();
}

/**
 * @param {Side} side
 * @param {string} head
 * @param {[number, number]} cell
 */
function pin(side, head, cell) {
  side.pinned = cell;
  side.why.replaceChildren(el("p", { class: "note" }, "…"));
  whyOfCell(side, head);
}

const whySoon = later(() => {
  for (const [head, side] of looked.sides) if (side.pinned) whyOfCell(side, head);
}, 200);

/**
 * @param {Side} side
 * @param {string} head
 */
async function whyOfCell(side, head) {
  if (!side.pinned) return;
  const [query, key] = side.pinned;
  const given = {
    text: editor.text(),
    at: editor.cursor(),
    on: chosen.on,
    head: head || null,
    query,
    key,
  };
  const told = await ask("why", given).catch((fault) => ({ fault }));
  if (told.fault) return side.why.replaceChildren(el("p", { class: "note" }, told.fault.message));
  const real = side.pair.real
    ? weightAt(side.pair.real, query, key, side.pair.tokens.length)
    : null;
  const [from, to] = [query, key].map((at) => el("span", { class: "mono" }, spoken(side.pair, at)));
  side.why.replaceChildren(
    el("h3", {}, "Why this weight"),
    el(
      "p",
      {},
      "From ",
      from,
      " to ",
      to,
      `: ${fixed(told.weight, 3)} from the program`,
      real === null ? "." : `, ${fixed(real, 3)} from the head.`,
      told.fallback ? ` The row is empty, so it falls to ${told.fallback}.` : "",
    ),
    told.taken.length ? el("p", { class: "note" }, "On the way: ", told.taken.join("; ")) : "",
    told.factors.length
      ? factorsTable(told.factors)
      : partsTable(
          told.parts.map((/** @type {any} */ part) => [
            `${part.text}${part.facts.length ? `   (${part.facts.join("; ")})` : ""}`,
            part.amount,
          ]),
          told.scores,
        ),
  );
}

// Measures: of the program as it is written, of the one that the head has, of the best constant.
const SIDES = [
  ["this", "as written"],
  ["now", "the run's"],
  ["constant", "constant"],
];
const FIGURES = [
  ["agreement", "agreement", "1 - rest error - content x (1 - content IoU): what decides"],
  ["content_iou", "content IoU", "of what doesn't rest"],
  ["rest_error", "rest error", "how far off the resting share of a row is"],
  ["iou", "IoU", "of all cells"],
];

const measureNow = latest(async () => {
  if (opened.kind !== "run" || !chosen.head) return;
  const given = { text: editor.text(), at: editor.cursor(), head: chosen.head };
  looked.all = await ask("measure", given).catch(() => null);
  showMeasures();
});
const measureSoon = later(() => measureNow(), 150);

function showMeasures() {
  const { here, all } = looked;
  if (!here?.this) return byId("measures").replaceChildren();
  const known = SIDES.filter(([side]) => here[side]);
  /** @type {[string, any][]} */
  const places = [
    ["on this text", here],
    ...(all
      ? [
          /** @type {[string, any]} */ ([
            `on ${count(all.texts, "text")} that programs are chosen by`,
            all,
          ]),
        ]
      : []),
  ];
  // The second group of columns has a line before it.
  const cell = (/** @type {number} */ place, /** @type {number} */ side) =>
    place && !side ? "number all" : "number";
  const number = (/** @type {any} */ value) =>
    value === null ? "not defined" : value === undefined ? "…" : fixed(value, 3);
  const labels = places.map(([label], place) =>
    el("th", { scope: "colgroup", colspan: known.length, class: cell(place, 0) }, label),
  );
  const sides = places.map((_, place) =>
    known.map(([, label], side) => el("th", { scope: "col", class: cell(place, side) }, label)),
  );
  const row = (/** @type {string[]} */ [name, label, title]) =>
    el(
      "tr",
      { "data-figure": name },
      el("th", { scope: "row", title }, label),
      places.map(([, figures], place) =>
        known.map(([side], at) =>
          el("td", { class: cell(place, at), "data-side": side }, number(figures[side]?.[name])),
        ),
      ),
    );
  byId("measures").replaceChildren(
    el("h3", { id: "measures-title" }, `Measures for ${chosen.head}`),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "measures-title" },
      el(
        "table",
        { class: "list row-table", "aria-labelledby": "measures-title" },
        el("thead", {}, el("tr", {}, el("td"), labels), el("tr", {}, el("td"), sides)),
        el("tbody", {}, FIGURES.map(row)),
      ),
    ),
  );
  verdict();
}

// What saving would do, said at the button.
function verdict() {
  const { all } = looked;
  if (opened.kind !== "run") return;
  const by = all ? all.this.agreement - all.now.agreement : null;
  byId("kept").textContent =
    by === null
      ? ""
      : Math.abs(by) < 0.0005
        ? "as good as the run's program"
        : `${by > 0 ? "better" : "worse"} than the run's program by ${fixed(Math.abs(by), 3)}`;
}
