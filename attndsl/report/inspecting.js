// A program inspected: source beside tree, a node's own facts, and the steps of the rewriting.

// Lines and columns from 1 to an offset in the text.
function offsets(source) {
  const starts = [0];
  for (let at = 0; at < source.length; at++) if (source[at] === "\n") starts.push(at + 1);
  return (line, column) =>
    starts[line - 1] + [...source.slice(starts[line - 1])].slice(0, column - 1).join("").length;
}

// The definition's own lines, those of what it calls and names; the spans pointed at are marked.
function showSource(box, program, spans) {
  const place = offsets(program.source);
  const places = spans
    .map(([line, column, endLine, endColumn]) => [place(line, column), place(endLine, endColumn)])
    .sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const lines = program.source.split("\n").length;
  const parts = program.homes.flatMap(([first, last]) => {
    const begin = place(first, 1);
    const end = last < lines ? place(last + 1, 1) : program.source.length;
    return [...marked(program.source, begin, end, places), "\n"];
  });
  box.replaceChildren(...parts.slice(0, -1));
}

// A stretch of the text with the places in it marked, of places within others the outer one.
function marked(source, begin, end, places) {
  const parts = [];
  let at = begin;
  for (const [from, to] of places.filter(([from, to]) => from >= begin && to <= end)) {
    if (from < at) continue;
    parts.push(source.slice(at, from), el("mark", {}, source.slice(from, to)));
    at = to;
  }
  return [...parts, source.slice(at, end)];
}

function heat(values, tokens) {
  const cells = values.cells;
  const size = cells.length;
  const canvas = el("canvas", {
    role: "img",
    "aria-label": "the value at each query (row) and key (column)",
  });
  canvas.width = size;
  canvas.height = size;
  const known = cells.flat().filter((value) => value !== null);
  const low = Math.min(0, ...known);
  const high = Math.max(low + 1e-9, ...known);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(size, size);
  cells.forEach((row, q) =>
    row.forEach((value, k) => {
      const at = 4 * (q * size + k);
      const strength = value === null ? 0 : (value - low) / (high - low);
      image.data.set([31, 102, 184, value === null ? 0 : 18 + Math.round(237 * strength)], at);
    }),
  );
  pen.putImageData(image, 0, 0);
  const say = el(
    "p",
    { class: "note", "aria-live": "polite" },
    `from ${low} (pale) to ${+high.toPrecision(4)} (dark); point at a cell`,
  );
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const k = Math.min(size - 1, Math.floor((size * (event.clientX - box.left)) / box.width));
    const q = Math.min(size - 1, Math.floor((size * (event.clientY - box.top)) / box.height));
    const value = cells[q][k];
    say.textContent = `query ${q} ${tokens[q]}, key ${k} ${tokens[k]}: ${value === null ? "hidden" : value}`;
  });
  return [canvas, say];
}

const squared = (cost) => cost.replaceAll("^2", "²").replaceAll("^3", "³");

function tell(box, program, tokens, number) {
  const node = program.nodes[number];
  const rows = [
    ["type", node.type],
    ["depends on", node.depends.length ? node.depends.join(", ") : "nothing: a constant"],
    ["costs by itself", squared(node.cost)],
    ["with its parts", squared(node.whole)],
    ["made by", node.made],
  ];
  box.replaceChildren(
    el("code", {}, node.text),
    el(
      "dl",
      { class: "facts" },
      rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
    ),
    ...(node.values
      ? heat(node.values, tokens)
      : [
          el(
            "p",
            { class: "note" },
            "no value of its own to draw: it is constant, a text, or inside a comprehension",
          ),
        ]),
  );
}

// Two texts line by line: what went, what came, what stayed.
function difference(before, after) {
  const a = before.split("\n");
  const b = after.split("\n");
  const table = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i][j] =
        a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) (lines.push(`  ${a[i++]}\n`), j++);
    else if (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1]))
      lines.push(el("span", { class: "gone" }, `- ${a[i++]}\n`));
    else lines.push(el("span", { class: "came" }, `+ ${b[j++]}\n`));
  }
  return lines;
}

const SPELLED =
  "The step is within a sum over the row that the program says in short, so such sums are written out here.";
const ALIKE =
  "Written as programs both read alike: a program's text has an order of its own for what it adds, multiplies and tests. What the step changes is this expression.";

function stepsOf(program) {
  if (!program.steps.length)
    return el("p", { class: "note" }, "The program's text is in canonical form already.");
  const label = el("p", { class: "rule", "aria-live": "polite" });
  const box = el("pre", { "aria-label": "the program before and after this step" });
  const note = el("p", { class: "note" });
  const show = (number) => {
    const step = program.steps[number];
    const before = number ? program.steps[number - 1].source : program.written;
    label.replaceChildren(
      `${number + 1} of ${program.steps.length}. `,
      el("strong", {}, step.rule),
      `: ${step.why}`,
    );
    const [was, is] = before === step.source ? step.spelled : [before, step.source];
    note.textContent = before !== step.source ? "" : was ? SPELLED : ALIKE;
    box.replaceChildren(...(was ? difference(was, is) : difference(step.before, step.after)));
  };
  const slider = el("input", {
    type: "range",
    min: 0,
    max: program.steps.length - 1,
    value: 0,
    "aria-label": "step of the rewriting",
    oninput: (event) => show(Number(event.target.value)),
  });
  show(0);
  return el("div", { class: "steps" }, slider, label, box, note);
}

// Source left, tree right; below what the node pointed at is.
function inspected(program, tokens) {
  const source = el("pre", { class: "source card", "aria-label": "source" });
  const told = el("div", { class: "told" });
  const choose = (number) => {
    for (const button of buttons)
      button.setAttribute("aria-current", String(button.dataset.node === String(number)));
    showSource(source, program, program.nodes[number].spans);
    tell(told, program, tokens, number);
  };
  const [list, buttons] = tree(program, choose);
  choose(program.root);
  return el(
    "div",
    { class: "inspect" },
    el("div", { class: "side" }, el("h2", {}, "As written"), source, told),
    el("div", {}, el("h2", {}, "Canonical tree"), list),
  );
}
