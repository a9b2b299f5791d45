// The language in colour: a program's words by kind, as text nodes. LANGUAGE comes from write.py.

const WORD = new RegExp(
  [
    /(?<doc>"""[\s\S]*?(?:"""|$))/,
    /(?<text>"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?)/,
    /(?<note>#[^\n]*)/,
    /(?<number>\b\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)/,
    /(?<mark>@\w+)/,
    /(?<attribute>(?<=\.)[A-Za-z_]\w*)/,
    /(?<name>[A-Za-z_]\w*)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);
const KEYWORDS = new Set(LANGUAGE.keywords);
const BUILT_IN = new Set(LANGUAGE.builtIn);

function kindOf(groups) {
  if (groups.name === undefined) return Object.keys(groups).find((kind) => groups[kind]);
  if (KEYWORDS.has(groups.name)) return "keyword";
  if (BUILT_IN.has(groups.name)) return "builtin";
  return groups.name === "q" || groups.name === "k" ? "pair" : null;
}

// [kind or null, text] in order; the texts make up the source.
function* words(source) {
  let end = 0;
  for (const found of source.matchAll(WORD)) {
    const kind = kindOf(found.groups);
    if (!kind) continue;
    yield [null, source.slice(end, found.index)];
    yield [kind, found[0]];
    end = found.index + found[0].length;
  }
  yield [null, source.slice(end)];
}

// A line that is too long for its box goes on below, further in than it began.
function newLine(text) {
  const deep = text.match(/^ */)[0].length + 4;
  return el("span", {
    class: "line",
    style: { paddingLeft: `${deep}ch`, textIndent: `-${deep}ch` },
  });
}

function coloured(source) {
  const starts = source.split("\n");
  const lines = starts.map(newLine);
  let at = 0;
  for (const [kind, text] of words(source))
    text.split("\n").forEach((part, i) => {
      if (i) lines[at++].append("\n");
      if (part) lines[at].append(kind ? el("span", { class: `w-${kind}` }, part) : part);
    });
  return el("code", {}, lines);
}

const sourceBlock = (source, label) =>
  el("pre", { class: "source", role: "group", "aria-label": label }, coloured(source));

// A program's source but its docstring.
const withoutWords = ({ name, source }) =>
  source.replace(new RegExp(`^(def ${name}\\(.*\\n) +"""[^]*?"""\\n`, "m"), "$1");

const EMPTY = {
  first: "on the first token",
  self: "on the query itself",
  uniform: "even",
};

function proved(program) {
  const causal = program.causal
    ? "yes: no row depends on what comes after its query"
    : `no: ${program.reasons.join("; ")}`;
  const megabytes = Math.max(program.bytes_at_1024 / 1e6, 0.01).toFixed(2);
  const beyond = program.needs.filter((level) => level === "model" || level === "linguistics");
  const needs = [
    ["model", "the model's input embeddings"],
    ["linguistics", "spaCy's columns"],
  ]
    .filter(([level]) => beyond.includes(level))
    .map(([, name]) => name);
  return facts([
    ["causal", causal],
    [
      "time",
      `at most ${program.time.replaceAll("^2", "²").replaceAll("^3", "³")} operations on n tokens`,
    ],
    ["memory", `at most ${megabytes} MB on 1,024 tokens`],
    ["needs", ["the tokens", ...needs].join(", ")],
    [
      "rows",
      `normalised by ${program.normalisation}; an empty one is ${EMPTY[program.fallback] || program.fallback}`,
    ],
    ["hash", program.hash.slice(0, 16)],
  ]);
}

function facts(rows) {
  return el(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}

// The shipped tables that a program multiplies by, each with its numbers, folded.
function tablesOf(source) {
  const tables = LANGUAGE.tables ?? {};
  const called = [...new Set(source.match(/[a-z_]+(?=\()/g))].filter((name) => tables[name]);
  if (!called.length) return null;
  return el(
    "details",
    { class: "tables" },
    el(
      "summary",
      {},
      `What is in ${called.length === 1 ? "the table" : "the tables"} that it calls`,
    ),
    called.map((name) => sourceBlock(tables[name], `Table ${name}`)),
  );
}
