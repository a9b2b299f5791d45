// Bundles editor.js into the package, under the licences of what is in it and the mark of its sources.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../attndsl/authoring/studio/built/editor.js");
const SOURCES = ["package-lock.json", "editor.js"];
const MOST = 600_000; // bytes

/** @param {Set<string>} packages */
function licences(packages) {
  /** @type {Map<string, string[]>} */
  const byText = new Map();
  for (const name of [...packages].sort()) {
    const folder = join(here, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").replaceAll("*/", "* /").trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
  }
  return [...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}`).join("\n\n----\n\n");
}

const sum = createHash("sha256");
for (const name of SOURCES) sum.update(readFileSync(join(here, name), "utf8"));
const wanted = /** @type {import("esbuild").BuildOptions} */ ({
  entryPoints: [join(here, "editor.js")],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "attndslEditor",
  target: "es2022",
  charset: "ascii",
  legalComments: "none", // they are in the head, whole
  metafile: true,
  write: false,
});
const { metafile } = await build(wanted);
const packages = new Set(
  Object.keys(/** @type {import("esbuild").Metafile} */ (metafile).inputs)
    .map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
    .filter((name) => name !== undefined),
);
const banner = `/*! Built by "make bundle" of editors/page; not to be edited.
sources: ${sum.digest("hex")}

${licences(packages)}
*/`;
await build({ ...wanted, banner: { js: banner }, write: true, outfile: out, allowOverwrite: true });
const { size } = statSync(out);
console.log(`${out}: ${size} bytes of ${packages.size} packages`);
if (size > MOST) throw new Error(`the bundle has ${size} bytes; ${MOST} are allowed`);
