// The colours, by the engine that editors use: ours over Python's, at any depth.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const FILES = {
  "source.attndsl": join(here, "..", "generated", "attndsl.tmLanguage.json"),
  "source.python": require.resolve("tm-grammars/grammars/python.json"),
};

await oniguruma.loadWASM(
  readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer,
);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => (FILES[scope] ? json(FILES[scope]) : null),
});
const grammar = await registry.loadGrammar("source.attndsl");

// Each token of a program with its innermost scope.
function tokens(program) {
  let state = textmate.INITIAL;
  return program.split("\n").flatMap((line) => {
    const found = grammar.tokenizeLine(line, state);
    state = found.ruleStack;
    return found.tokens.map(({ startIndex, endIndex, scopes }) => [
      line.slice(startIndex, endIndex).trim(),
      scopes,
    ]);
  });
}

function scopeOf(program, word, nth = 0) {
  const found = tokens(program).filter(([text]) => text === word)[nth];
  assert.ok(found, `no token ${word} in ${JSON.stringify(tokens(program))}`);
  return found[1].join(" ");
}

const PROGRAM = `@softmax
def copies(q, k):
    """Where induction and q.lower look."""
    verb = last(t for t in before(q) if t.lower in SPEECH)  # k.i
    return 0.5 * induction(q, k) + (k == verb and q.is_quote)`;

const EXPECTED = [
  ["@softmax", "decorator"],
  ["def", "storage.type.function.python"],
  ["lower", "property.attndsl"],
  ["last", "support.function.builtin.attndsl"],
  ["before", "support.function.builtin.attndsl"],
  ["induction", "support.class.mechanism.attndsl"],
  ["is_quote", "property.attndsl"],
  ["copies", "meta.function.python"],
  ["SPEECH", "constant.attndsl"],
  ["return", "keyword.control.flow.python"],
  ["0.5", "constant.numeric"],
];
for (const [word, scope] of EXPECTED)
  test(`${word} is ${scope}`, () =>
    assert.ok(scopeOf(PROGRAM, word).includes(scope), scopeOf(PROGRAM, word)));

test("what stands in a text or a comment stays there", () => {
  for (const [text, scopes] of tokens(PROGRAM))
    if (/Where|k\.i/.test(text))
      assert.ok(!scopes.some((one) => one.endsWith(".attndsl") && one !== "source.attndsl"));
});

test("the files that the manifest names are there", () => {
  const manifest = json(join(here, "..", "package.json"));
  const { grammars, snippets, languages } = manifest.contributes;
  for (const { path } of [...grammars, ...snippets]) json(join(here, "..", path));
  json(join(here, "..", languages[0].configuration));
  assert.ok(Object.keys(json(join(here, "..", snippets[0].path))).length > 15);
});
