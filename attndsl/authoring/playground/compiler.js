// The compiler in its worker: questions go one at a time, and of each kind only the latest.

const PATIENCE = 20000; // milliseconds that an answer may take before the worker is begun anew

function compiler(settings, tell) {
  const waiting = new Map(); // kind -> { question, done }
  let worker, running, timer, ready;

  function begin() {
    ready = false;
    running = null;
    tell("loading");
    worker = new Worker(settings.worker, { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.fault) return tell("fault", data.fault);
      if (data.ready) {
        ready = true;
        tell("ready");
      } else {
        clearTimeout(timer);
        const { done } = running;
        running = null;
        done(JSON.parse(data.answer));
      }
      next();
    };
    worker.onerror = (event) => tell("fault", event.message || "the worker could not be loaded");
    const { pyodide, wheels } = settings;
    const here = (address) => new URL(address, location.href).href;
    worker.postMessage({ pyodide: here(pyodide), wheels: wheels.map(here) });
  }

  function next() {
    if (!ready || running || !waiting.size) return;
    const [kind, one] = waiting.entries().next().value;
    waiting.delete(kind);
    running = one;
    timer = setTimeout(() => {
      worker.terminate();
      one.done({
        error: "this took too long and was stopped; make the program or the text shorter",
      });
      begin();
    }, PATIENCE);
    worker.postMessage(JSON.stringify(one.question));
  }

  // Null where a later question of the kind came before this one's turn.
  const ask = (kind, rest) =>
    new Promise((done) => {
      waiting.get(kind)?.done(null);
      waiting.set(kind, { question: { ask: kind, ...rest }, done });
      next();
    });

  begin();
  return ask;
}
