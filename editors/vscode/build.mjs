// Bundles the extension with what it imports, and gathers the licences of that into NOTICES.txt.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const done = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  metafile: true,
  logLevel: "warning",
});

const homes = Object.keys(done.metafile.inputs)
  .map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
  .filter(Boolean);
const notices = [...new Set(homes)].sort().map((home) => {
  const { name, version, license } = JSON.parse(readFileSync(`${home}/package.json`, "utf8"));
  const file = ["LICENSE", "License.txt", "LICENSE.md", "LICENSE.txt", "license"].find((one) =>
    existsSync(`${home}/${one}`),
  );
  if (!file) throw new Error(`${name} ships no licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${home}/${file}`, "utf8").trim()}\n`;
});
writeFileSync("dist/NOTICES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
