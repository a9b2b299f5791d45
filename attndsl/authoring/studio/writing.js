// @ts-check
// The editor with the compiler's answers, what is proved of its programs, and where it is kept.

/**
 * @typedef {{name: string, hash: string, told: string, line: number}} ListedProgram
 */
/** @type {ReturnType<typeof attndslEditor.make>} */
let editor;
/** @type {any[]} */
let problemsNow = [];

/**
 * Markdown as the compiler writes it: programs between fences, and paragraphs.
 * @param {string} markdown
 */
function markdownNodes(markdown) {
  const whole = document.createDocumentFragment();
  markdown.split(/^```\w*\n?/m).forEach((part, at) => {
    if (!part.trim()) return;
    whole.append(
      at % 2
        ? sourceBlock(part.trimEnd(), "Program")
        : el(
            "div",
            {},
            part
              .trim()
              .split(/\n\n+/)
              .map((text) => el("p", {}, text)),
          ),
    );
  });
  return whole;
}

const draftName = () => `attndsl-studio:${location.port}:${opened.name}:${chosen.head}`;

/** @param {string} [text] */
function draft(text) {
  try {
    if (text !== undefined) sessionStorage.setItem(draftName(), text);
    return sessionStorage.getItem(draftName());
  } catch {
    return null; // a browser may keep nothing
  }
}

/**
 * @param {{typed: () => void, moved: () => void, save: () => void}} page
 */
function editorSection({ typed, moved, save: keep }) {
  const holder = el("div", { class: "editor" });
  const format = async () => {
    const before = editor.text();
    const told = await said(ask("format", { text: before })).catch(() => null);
    if (told && editor.text() === before) editor.replace(told.text);
  };
  editor = attndslEditor.make({
    parent: holder,
    text: draft() ?? opened.source,
    label: "Program",
    page: {
      complete: (text, at) => ask("complete", { text, at }).catch(() => null),
      hover: async (text, at) => {
        const told = await ask("hover", { text, at }).catch(() => null);
        return told && { from: told.from, to: told.to, says: markdownNodes(told.says) };
      },
      changed: (text) => {
        draft(text);
        typed();
      },
      moved,
      format,
      save: keep,
    },
  });
  return el(
    "section",
    { "aria-labelledby": "write-title" },
    el("h2", { id: "write-title", class: "unseen" }, "Program"),
    holder,
    el("p", { id: "call", class: "note mono" }),
    el(
      "div",
      { class: "bar" },
      el("button", { type: "button", id: "save", onclick: keep }, "Save"),
      el("button", { type: "button", onclick: format, title: "Shift-Alt-F" }, "Format"),
      copyButton("Copy", "Program", () => editor.text()),
      el("span", { id: "kept", class: "note", role: "status" }),
    ),
    el("ul", { id: "problems", class: "problems", "aria-label": "Problems" }),
    el("ul", { id: "programs", class: "proved", "aria-label": "Programs" }),
  );
}

/** @param {any[]} problems */
function showProblems(problems) {
  problemsNow = problems;
  editor.tell(problems);
  byId("problems").replaceChildren(
    ...problems.slice(0, 20).map((one) =>
      el(
        "li",
        { class: one.severity },
        el(
          "button",
          { type: "button", class: "small", onclick: () => editor.select(one.from, one.to) },
          `line ${one.line}`,
        ),
        ` ${one.message} `,
        one.hint ? el("span", { class: "note" }, `${one.hint} `) : null,
        one.fixes.map((/** @type {any} */ fix) =>
          el(
            "button",
            {
              type: "button",
              class: "small fix",
              onclick: () => {
                const text = editor.text();
                editor.replace(text.slice(0, fix.from) + fix.text + text.slice(fix.to));
                editor.focus();
              },
            },
            fix.title,
          ),
        ),
      ),
    ),
  );
}

/** @param {ListedProgram[]} programs */
function showPrograms(programs) {
  byId("programs").replaceChildren(
    ...programs
      .slice(0, 40)
      .map((one) =>
        el(
          "li",
          {},
          el("strong", { class: "mono" }, one.name),
          ` ${one.told} `,
          el("span", { class: "note mono" }, one.hash.slice(0, 12)),
        ),
      ),
  );
}

const checkNow = latest(async () => {
  const text = editor.text();
  const told = await ask("check", { text }).catch((fault) => ({ fault }));
  if (told.fault) return banner("check", told.fault.message);
  banner("check");
  if (text !== editor.text()) return;
  showProblems(told.problems);
  showPrograms(told.programs);
  if (told.problems.length) fixesSoon();
});

const fixesSoon = later(async () => {
  const text = editor.text();
  const told = await ask("fixes", { text }).catch(() => null);
  if (
    told &&
    text === editor.text() &&
    told.problems.some((/** @type {any} */ p) => p.fixes.length)
  )
    showProblems(told.problems);
}, 300);

const callSoon = later(async () => {
  const told = await ask("signature", { text: editor.text(), at: editor.cursor() }).catch(
    () => null,
  );
  const parameters = told?.parameters.map(
    (/** @type {string} */ name, /** @type {number} */ at) => [
      at ? ", " : "",
      at === told.at ? el("strong", {}, name) : name,
    ],
  );
  byId("call").replaceChildren(...(told ? [`${told.name}(`, ...parameters.flat(), ")"] : [" "]));
}, 150);

/**
 * An answer; where it is an error, that is shown.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
async function said(answer) {
  try {
    const told = await answer;
    banner("error");
    return told;
  } catch (fault) {
    const close = el(
      "button",
      { type: "button", class: "small", onclick: () => banner("error") },
      "Close",
    );
    banner("error", el("pre", {}, /** @type {Error} */ (fault).message), close);
    throw fault;
  }
}
