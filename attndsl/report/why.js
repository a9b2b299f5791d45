// Why a cell has its weight: the parts of the program that made it; and a program's parts.

// What is kept of a cell, or where no cell is looked at (or it wasn't kept), of its row's strongest key.
function toldOf(program, text, query, looked) {
  const row = program.why.filter((one) => one[0] === text && one[1] === query);
  const { resting } = report.texts[text];
  const told = row.find((one) => one[2] === looked) ?? row.find((one) => !resting.includes(one[2]));
  if (!told) return null;
  const [, , key, parts, tests] = told;
  return { key, parts, taken: tests.map((number) => program.tests[number]) };
}

const MOST_PARTS = 6; // of a cell that are kept

function whyOf(head, pair, query, looked) {
  const program = report.programs[head.program];
  if (!program.why.length) return null;
  const told = toldOf(program, looking.text, query, looked);
  const title = el("h3", {}, "Why this weight");
  if (!told) {
    const there = program.why.some((one) => one[0] === looking.text);
    return [
      title,
      el(
        "p",
        { class: "note" },
        there
          ? "The program gives no key of this row but those it rests on 0.02 or more."
          : `Parts were kept of the first ${count(new Set(program.why.map((one) => one[0])).size, "text")} only.`,
      ),
    ];
  }
  const { key, parts, taken } = told;
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
        ? "Not of the key pointed at, but of the row's strongest beside resting ones: "
        : null,
      el("span", { class: "mono" }, pair.tokens[key]),
      ` (token ${key}) has ${fixed(predicted, 2)} from the program. `,
      Math.abs(beyond) < 0.005
        ? "The head has as much."
        : `The head has ${fixed(real, 2)}: ${fixed(Math.abs(beyond), 2)} ${beyond > 0 ? "more than the program explains" : "less"}.`,
    ),
    taken.length ? el("p", { class: "note" }, "Tests on the way: ", taken.join("; ")) : null,
    partsTable(
      parts.map(([number, amount]) => [program.parts[number].text, amount * scale]),
      scores,
    ),
  ];
}

// [text of the part, what it brings] for each part of a weight.
function partsTable(parts, scores) {
  return el(
    "table",
    { class: "list" },
    el("caption", { class: "unseen" }, "Parts of the weight"),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, "part"),
        el("th", { scope: "col", class: "number" }, scores ? "adds to the score" : "brings"),
      ),
    ),
    el(
      "tbody",
      {},
      parts.map(([text, amount]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row", class: "part" }, el("code", {}, text)),
          el("td", { class: "number" }, fixed(amount, 2)),
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
    el("p", { class: "note" }, "Shares of all weight, on rows of the first text shown."),
  );
}
