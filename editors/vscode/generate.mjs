// Writes generated/: the grammar's words and the snippets from the language's own tables, and the
// map's script and style from the report's. ATTNDSL_PYTHON says which Python has attndsl.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const report = (name) => readFileSync(join(root, "attndsl", "report", name), "utf8");
const own = (name) => readFileSync(join(here, name), "utf8");
const out = process.argv[2] ?? join(here, "generated");
const write = (name, text) => writeFileSync(join(out, name), text);

mkdirSync(out, { recursive: true });
const python = process.env.ATTNDSL_PYTHON ?? join(root, ".venv", "bin", "python");
const said = execFileSync(python, ["-m", "attndsl.authoring.textmate"], {
  cwd: root,
  encoding: "utf8",
});
const { grammar, snippets } = JSON.parse(said);
write("attndsl.tmLanguage.json", `${JSON.stringify(grammar, null, 1)}\n`);
write("snippets.json", `${JSON.stringify(snippets, null, 1)}\n`);

const scripts = ["dom.js", "maps.js", "figure.js", "linked.js"].map(report);
write("map.js", `(() => {\n"use strict";\n${[...scripts, own("map.js")].join("\n")}\n})();\n`);
write("map.css", report("page.css") + own("map.css"));
if (!process.argv[2]) copyFileSync(join(root, "LICENSE"), join(here, "LICENSE"));
