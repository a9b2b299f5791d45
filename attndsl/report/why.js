// Why a cell has its weight: the parts of the program that made it; and a program's parts.

// What is told of the cells of a program, by text, unpacked once.
const toldCells = new Map();

function cellsOf(number) {
  if (!toldCells.has(number)) toldCells.set(number, unpackedCells(number));
  return toldCells.get(number);
}

async function unpackedCells(number) {
  const block = document.getElementById(`why-${number}`)?.textContent;
  if (!block) return [];
  const told = JSON.parse(new TextDecoder().decode(await inflated(block)));
  let at = 0;
  const amounts = (numbers) => numbers.map((part) => [part, told.amounts[at++]]);
  return told.texts.map((text, i) => {
    const [parts, taken, factors] = told.forms[told.of[i]];
    return {
      text,
      query: told.queries[i],
      key: told.keys[i],
      parts: amounts(parts),
      taken: taken.map((test) => told.tests[test]),
      factors: amounts(factors),
    };
  });
}

// What is kept of a cell, or where no cell is looked at (or it wasn't kept), of its row's strongest key.
function toldOf(cells, pair, text, query, looked) {
  const row = cells.filter((one) => one.text === text && one.query === query);
  const weight = ({ key }) => weightAt(pair.predicted, query, key, pair.tokens.length) ?? 0;
  const strongest = row
    .filter((one) => !pair.resting.includes(one.key))
    .sort((a, b) => weight(b) - weight(a))[0];
  return row.find((one) => one.key === looked) ?? strongest ?? null;
}

// The texts of whose cells something is kept, by the numbers that the page gives them.
function keptOf(program) {
  const numbers = program.why.map((text) => text + 1);
  return `${numbers.length === 1 ? "text" : "texts"} ${numbers.join(", ")}`;
}

const MOST_PARTS = 6; // of a cell that are kept

// `cells` are those that something is told of.
function whyOf(head, pair, cells, query, looked) {
  const program = report.programs[head.program];
  if (!program.why.length) return null;
  const told = toldOf(cells, pair, looking.text, query, looked);
  const title = el("h3", {}, "Why this weight");
  if (!told) {
    const there = program.why.includes(looking.text);
    return [
      title,
      el(
        "p",
        { class: "note" },
        there
          ? "Nothing was kept of this row but of the keys it rests on; point at one of them."
          : `Parts were kept of ${keptOf(program)} only.`,
      ),
    ];
  }
  const { key, parts, factors, taken } = told;
  const scores = program.normalisation === "softmax";
  const real = weightAt(pair.real, query, key, pair.tokens.length),
    predicted = weightAt(pair.predicted, query, key, pair.tokens.length);
  const beyond = real - predicted;
  // Heads that share a program may rest more or less: that moves no part of a cell against another.
  const whole = parts.reduce((sum, [, amount]) => sum + amount, 0);
  const scale = !scores && whole > 0 && parts.length < MOST_PARTS ? predicted / whole : 1;
  return [
    title,
    el(
      "p",
      {},
      looked !== null && looked !== key
        ? "Nothing was kept of the key pointed at. Of the row's strongest beside resting ones: "
        : null,
      el("span", { class: "mono" }, pair.tokens[key]),
      ` (token ${key}) has ${fixed(predicted, 2)} from the program. `,
      Math.abs(beyond) < 0.005
        ? "The head has as much."
        : `The head has ${fixed(real, 2)}: ${fixed(Math.abs(beyond), 2)} ${beyond > 0 ? "more than the program explains" : "less"}.`,
    ),
    taken.length ? el("p", { class: "note" }, "On the way: ", taken.join("; ")) : null,
    factors.length
      ? factorsTable(factors.map(([number, value]) => [program.parts[number].text, value]))
      : partsTable(
          parts.map(([number, amount]) => [program.parts[number].text, amount * scale]),
          scores,
        ),
  ];
}

const timesText = (value) => value.toLocaleString("en", { maximumSignificantDigits: 2 });

// [text of the factor, what it is here] for each of a weight that is one product.
function factorsTable(factors) {
  return el(
    "div",
    {},
    piecesTable(
      "Factors of the weight",
      "factor",
      "multiplies by",
      factors.map(([text, value]) => [text, timesText(value)]),
    ),
    el(
      "p",
      { class: "note" },
      "Factors multiply, so none has a share of its own: the weight is their product beside those of the row's other keys.",
    ),
  );
}

// [text of the part, what it brings] for each part of a weight.
function partsTable(parts, scores) {
  return piecesTable(
    "Parts of the weight",
    "part",
    scores ? "adds to the score" : "brings",
    parts.map(([text, amount]) => [text, fixed(amount, 2)]),
  );
}

// A table of pieces of a program, each with its number.
function piecesTable(caption, what, number, rows) {
  return el(
    "table",
    { class: "list pieces" },
    el("caption", { class: "unseen" }, caption),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, what),
        el("th", { scope: "col", class: "number" }, number),
      ),
    ),
    el(
      "tbody",
      {},
      rows.map(([text, amount]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row", class: "part" }, el("code", {}, text)),
          el("td", { class: "number" }, amount),
        ),
      ),
    ),
  );
}

// What each part brings of all weight; a program that gives scores has no such shares.
function partsSection(program) {
  const shares = program.parts.filter((part) => part.share !== null);
  if (shares.length < 2) return null;
  return el(
    "div",
    {},
    el("h3", {}, "In its parts"),
    el(
      "ul",
      { class: "parts" },
      shares.map(({ text, share }) =>
        el(
          "li",
          {},
          fitBar(Math.max(0, share)),
          el("strong", {}, percent(share)),
          " ",
          el("code", {}, text),
        ),
      ),
    ),
    el(
      "p",
      { class: "note" },
      "Shares of all weight as the program stands, on rows spread over the first text shown; a head with a rest of its own has others.",
    ),
  );
}
