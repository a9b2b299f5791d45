// The playground's page: a program, what the compiler says of it, and where it looks on a text.

const SETTINGS = JSON.parse(document.getElementById("settings").textContent);
const PAUSE = 120; // milliseconds without a key before the compiler is asked
const HEAD = { name: "the program" };

const state = { program: SETTINGS.steps[0].program, text: SETTINGS.steps[0].text, mask: "causal" };
const said = el("span", { class: "note", role: "status" });
const problemList = el("ul", { class: "problems", "aria-label": "Problems" });
const mapPlace = el("div", {});
const provedPlace = el("div", {});
const lesson = el("section", { class: "card lesson", "aria-label": "Tutorial" });
let editor,
  timer,
  drawn = null,
  shown = "map";

const SAID = {
  loading: "Python is being loaded …",
  ready: "ready",
  fault: "Python could not be loaded",
};
const ask = compiler(SETTINGS, (what, more) => {
  said.textContent = more ? `${SAID[what]}: ${more}` : SAID[what];
  document.documentElement.dataset.compiler = what;
});

// --- what is asked ------------------------------------------------------------------------------

const about = (more = {}) => ({ ...state, at: editor?.cursor() ?? 0, ...more });

function soon() {
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
}

async function update() {
  const checked = await ask("check", about());
  if (!checked) return;
  tellProblems(checked.problems ?? [], checked.programs ?? []);
  await Promise.all([showMap(), shown === "proved" ? showProved() : null]);
  if (!checked.problems?.length) return;
  const mended = await ask("fixes", about());
  if (mended) tellProblems(mended.problems ?? [], checked.programs);
}

async function showMap() {
  const found = await ask("map", about());
  if (!found) return;
  if (found.error) {
    drawn = null;
    mapPlace.replaceChildren(el("p", { class: "note refused" }, found.error));
    return;
  }
  const bytes = Uint8Array.from(found.weights.flat(), (weight) =>
    Math.round(255 * Math.sqrt(weight)),
  );
  report.mask.kind = state.mask;
  const same = drawn && drawn.pair.tokens.join("\0") === found.tokens.join("\0") && drawn.looked();
  if (same) {
    drawn.pair.predicted = bytes;
    drawn.title.textContent = found.name;
    drawn.look(...drawn.looked());
    return;
  }
  const pair = { tokens: found.tokens, predicted: bytes };
  if (!pair.tokens.length) {
    drawn = null;
    mapPlace.replaceChildren(el("p", { class: "note" }, "Write a text to look at."));
    return;
  }
  const title = el("h2", { class: "mono" }, found.name);
  drawn = {
    pair,
    title,
    ...linkedMaps(
      HEAD,
      pair,
      () => {},
      () => null,
    ),
  };
  mapPlace.replaceChildren(
    title,
    ...drawn.nodes,
    found.note ? el("p", { class: "note" }, found.note) : "",
  );
}

async function showProved() {
  const found = await ask("proved", about());
  if (!found) return;
  if (found.error)
    return provedPlace.replaceChildren(el("p", { class: "note refused" }, found.error));
  const text = el("p", { class: "note", role: "status" });
  const [list, buttons] = tree(found.tree, (number) => {
    buttons.forEach((one) =>
      one.setAttribute("aria-current", String(Number(one.dataset.node) === number)),
    );
    const node = found.tree.nodes[number];
    text.textContent = `${node.text}: ${node.type}, costs ${node.cost}; with its parts ${node.whole}`;
  });
  provedPlace.replaceChildren(
    el("h2", { class: "mono" }, found.name),
    ...doc(found.doc),
    proved(found),
    el("h3", {}, "Canonical form"),
    sourceBlock(found.canonical, "canonical form"),
    el("h3", {}, "As a tree"),
    list,
    text,
  );
}

async function format() {
  const found = await ask("format", about());
  if (found?.error) say("Mend the errors first");
  else if (found) editor.replace(found.program);
}

// --- the page -----------------------------------------------------------------------------------

const textField = el("textarea", {
  rows: "2",
  spellcheck: "false",
  id: "text",
  oninput: () => {
    state.text = textField.value;
    soon();
  },
});
const maskChoice = el(
  "select",
  {
    id: "mask",
    onchange: () => {
      state.mask = maskChoice.value;
      drawn = null;
      soon();
    },
  },
  el("option", { value: "causal" }, "up to the query"),
  el("option", { value: "full" }, "the whole text"),
);
const exampleChoice = el(
  "select",
  {
    id: "example",
    onchange: () => {
      const example = SETTINGS.examples[Number(exampleChoice.value)];
      if (example) put({ ...state, program: example.program });
      exampleChoice.value = "";
    },
  },
  el("option", { value: "" }, "Examples"),
  SETTINGS.examples.map(({ name }, i) => el("option", { value: `${i}` }, name)),
);

const vocabulary = el(
  "div",
  {},
  Object.entries(SETTINGS.vocabulary).map(([title, rows]) => [
    el("h3", {}, title),
    el(
      "dl",
      { class: "facts" },
      rows.map(([name, says]) => [el("dt", { class: "mono" }, name), el("dd", {}, says)]),
    ),
  ]),
);

const PANELS = {
  map: ["Map", mapPlace],
  proved: ["Proved", provedPlace],
  vocabulary: ["Vocabulary", vocabulary],
};
const tabs = Object.entries(PANELS).map(([name, [label]]) =>
  el("button", { type: "button", "data-panel": name, onclick: () => show(name) }, label),
);

function show(name) {
  shown = name;
  tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.panel === name)));
  for (const [other, [, node]] of Object.entries(PANELS)) node.hidden = other !== name;
  if (name === "proved") showProved();
}

async function copyLink() {
  const link = `${location.href.split("#")[0]}#${await packed(state)}`;
  history.replaceState(null, "", link);
  await copy(link, "Link");
}

async function fromLink() {
  if (location.hash.length < 2) return;
  const found = await unpackedLink(location.hash.slice(1));
  if (found) put(found);
  else say("This link is damaged; here is the first step instead");
}

function build() {
  const place = el("div", { class: "editor" });
  document
    .getElementById("top")
    .append(
      el("h1", { class: "brand" }, "attndsl playground"),
      said,
      el(
        "span",
        { class: "choice" },
        exampleChoice,
        el("button", { type: "button", id: "format", onclick: format }, "Format"),
        el("button", { type: "button", id: "link", onclick: copyLink }, "Copy link"),
      ),
    );
  document.getElementById("main").replaceChildren(
    el(
      "div",
      { class: "desk" },
      el("div", {}, lesson, el("div", { class: "card" }, place), problemList),
      el(
        "div",
        {},
        el(
          "div",
          { class: "bar" },
          el("label", { for: "text" }, "Text"),
          textField,
          el("label", { for: "mask" }, "A token sees "),
          maskChoice,
        ),
        el("div", { class: "choice", role: "group", "aria-label": "What is shown" }, tabs),
        Object.values(PANELS).map(([, node]) => node),
      ),
    ),
  );
  editor = attndslEditor.make({
    parent: place,
    text: state.program,
    label: "Program",
    page: {
      changed: (text) => {
        state.program = text;
        soon();
      },
      moved: soon,
      format,
      complete: (program, at) => ask("complete", { program, at }),
      hover: async (program, at) => {
        const found = await ask("hover", { program, at });
        return found?.says ? { ...found, says: told(found.says) } : null;
      },
    },
  });
  textField.value = state.text;
  showStep(0);
  show("map");
  addEventListener("hashchange", fromLink);
  fromLink().then(soon);
}

build();
