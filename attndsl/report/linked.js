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
// learns whether the cell was clicked; `row` is shown first. `look` draws anew, also after another pattern came to the pair.
function linkedMaps(head, pair, tell, explain, row = null) {
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

  requestAnimationFrame(() => look(row ?? tellingRow(pair), null));
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
