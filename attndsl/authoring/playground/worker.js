// The playground's worker: Python by Pyodide, the wheels beside the page, then a question at a time.

let answer = null;

async function start({ pyodide, wheels }) {
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: pyodide });
  for (const wheel of wheels) {
    const found = await fetch(wheel);
    if (!found.ok) throw new Error(`${wheel}: ${found.status}`);
    python.unpackArchive(await found.arrayBuffer(), "wheel");
  }
  python.runPython("import importlib; importlib.invalidate_caches()");
  answer = python.pyimport("attndsl.authoring.playground.inside").answer;
  answer(JSON.stringify({ ask: "check", program: "" })); // the grammar's tables are made once
}

onmessage = async ({ data }) => {
  if (answer) {
    postMessage({ answer: answer(data) });
    return;
  }
  try {
    await start(data);
    postMessage({ ready: true });
  } catch (fault) {
    postMessage({ fault: String(fault.message ?? fault) });
  }
};
