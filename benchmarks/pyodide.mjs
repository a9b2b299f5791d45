// Pyodide under Node: `node pyodide.mjs FOLDER FILES WHEEL...`. Each line asks for something; each
// answer is a line of JSON. FILES is a folder that Python finds as /files.

import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, files, ...wheels] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const python = await loadPyodide({
  indexURL: `${folder}/`,
  stdout: (line) => process.stderr.write(`${line}\n`),
});
for (const wheel of wheels)
  python.unpackArchive(new Uint8Array(readFileSync(wheel)).buffer, "wheel");
python.mountNodeFS("/files", files);
python.runPython("import importlib; importlib.invalidate_caches()");
const { answer } = python.pyimport("attndsl.authoring.playground.inside");
process.stdout.write(
  `${JSON.stringify({ python: python.runPython("import sys; sys.version.split()[0]") })}\n`,
);

// Milliseconds of processor: the machine may do other things.
function spent(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const start = process.cpuUsage();
  const found =
    asked.run === undefined
      ? JSON.parse(answer(line))
      : { ran: String(python.runPython(asked.run)) };
  process.stdout.write(`${JSON.stringify({ ...found, ms: spent(start) })}\n`);
}
