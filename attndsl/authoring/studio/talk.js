// @ts-check
// The socket: questions and their answers, events, and what happens when the studio goes away.

const AGAIN = 1000; // milliseconds until a lost studio is looked for again
const LONGEST = 900_000; // letters of a question; the studio takes a little more

/**
 * @typedef {{answer?: any, error?: string, id?: number | null, event?: string, version?: string}} Told
 */
const talk = {
  /** @type {WebSocket | null} */ socket: null,
  number: 0,
  /** @type {Map<number, {yes: (answer: any) => void, no: (fault: Error) => void}>} */
  waiting: new Map(),
  /** @type {(told: Told) => void} */ heard: () => {},
  /** @type {() => void} */ opened: () => {},
  /** @type {(last: boolean) => void} */ lost: () => {},
};

function connect() {
  const socket = new WebSocket(`ws://${location.host}/socket${location.search}`);
  let was = false;
  socket.onopen = () => {
    was = true;
    talk.socket = socket;
    talk.opened();
  };
  socket.onmessage = (message) => {
    /** @type {Told} */
    const told = JSON.parse(message.data);
    const asked = typeof told.id === "number" ? talk.waiting.get(told.id) : undefined;
    if (!asked) return talk.heard(told);
    talk.waiting.delete(/** @type {number} */ (told.id));
    if (told.error === undefined) asked.yes(told.answer);
    else asked.no(new Error(told.error));
  };
  socket.onclose = () => {
    talk.socket = null;
    for (const { no } of talk.waiting.values()) no(new Error("the studio is gone"));
    talk.waiting.clear();
    talk.lost(!was);
    setTimeout(connect, AGAIN);
  };
}

/**
 * The answer to a question, or an error in the studio's words.
 * @param {string} name
 * @param {object} [given]
 * @returns {Promise<any>}
 */
function ask(name, given = {}) {
  return new Promise((yes, no) => {
    const text = JSON.stringify({ id: ++talk.number, ask: name, given });
    if (!talk.socket) return no(new Error("the studio is gone"));
    if (text.length > LONGEST) return no(new Error("this text is too large for the studio"));
    talk.waiting.set(talk.number, { yes, no });
    talk.socket.send(text);
  });
}

/**
 * Work that is done once at a time, and once more where it was asked for meanwhile.
 * @param {() => Promise<void>} work
 */
function latest(work) {
  let running = false;
  let more = false;
  return async () => {
    if (running) {
      more = true;
      return;
    }
    running = true;
    try {
      do {
        more = false;
        await work();
      } while (more);
    } finally {
      running = false;
    }
  };
}

/**
 * Work that waits for a pause.
 * @param {() => void} work
 * @param {number} pause in milliseconds
 */
function later(work, pause) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, pause);
  };
}
