// @ts-check
// The page: its parts put together, and what a change of one does to the others.

const PAUSE = 30; // milliseconds after a key

const typedSoon = later(() => {
  checkNow();
  lookNow();
  callSoon();
}, PAUSE);
const movedSoon = later(() => {
  lookNow();
  callSoon();
}, 80);

async function keep(over = false) {
  const given = {
    text: editor.text(),
    at: editor.cursor(),
    head: chosen.head || null,
    version: opened.version,
    over,
  };
  const told = await said(ask("keep", given)).catch(() => null);
  if (!told) return;
  if (!told.kept) return changedOnDisk();
  banner("changed");
  if (told.kept === "file") {
    opened.version = told.version;
    return say(`${opened.name} saved`);
  }
  say(`${told.program} saved for ${told.head}`);
  const listed = opened.heads.find((one) => one.head === told.head);
  if (listed) Object.assign(listed, { program: told.program, content_iou: told.this.content_iou });
  byId("head").replaceChildren(...headOptions());
  byId("head").value = chosen.head;
  showBeginning(take).catch(() => {});
  looked.seen = "";
  lookNow();
}

function changedOnDisk() {
  const button = (/** @type {string} */ label, /** @type {() => void} */ work) =>
    el("button", { type: "button", class: "small", onclick: work }, label);
  banner(
    "changed",
    el("span", {}, `${opened.name} on the disk isn't what this text began with. `),
    button("Take the file's text", async () => {
      const told = await said(ask("again")).catch(() => null);
      if (!told) return;
      editor.replace(told.source);
      opened.version = told.version;
      banner("changed");
    }),
    button("Save mine over it", () => keep(true)),
  );
}

/** @param {string} source */
function take(source) {
  editor.replace(source);
  editor.focus();
}

/**
 * Another head, another beside it, or another text.
 * @param {"head" | "beside" | "on"} what
 * @param {string} value
 */
async function turn(what, value) {
  chosen[what] = value;
  looked.all = null;
  if (what === "head") {
    byId("save").textContent = saveLabel();
    const told = await showBeginning(take).catch(() => null);
    if (opened.kind === "run" && told) editor.replace(draft() ?? told.source, false);
  }
  checkNow();
  lookNow();
}

/** @param {string} prompt */
async function readPrompt(prompt) {
  const told = await said(ask("read", { prompt })).catch(() => null);
  if (!told) return;
  opened.texts = told.texts;
  byId("on").replaceChildren(...textOptions());
  byId("on").value = told.on;
  turn("on", told.on);
}

const saveLabel = () =>
  opened.kind === "run"
    ? `Save for ${chosen.head}`
    : opened.kind === "file"
      ? `Save ${opened.name}`
      : "Save";

async function begin() {
  banner("lost");
  const before = opened?.version;
  opened = await said(ask("open"));
  if (byId("maps")) {
    // The studio is back: what was written stays.
    if (opened.version !== before) changedOnDisk();
    return typedSoon();
  }
  chosen.on = opened.texts[0]?.key ?? "";
  chosen.head = opened.heads[0]?.head ?? "";
  const write = editorSection({ typed: typedSoon, moved: movedSoon, save: () => keep() });
  byId("main").replaceChildren(
    el("h1", { class: "unseen" }, opened.name ? `Studio: ${opened.name}` : "Studio"),
    el("div", { id: "banners", role: "alert" }),
    deskBar({ turn, read: readPrompt }),
    el(
      "div",
      { class: "work" },
      el("div", { class: "write" }, write),
      lookSection(),
      el("div", { class: "more" }, el("div", { id: "begin" }), treeSection()),
    ),
  );
  byId("save").textContent = saveLabel();
  byId("save").hidden = opened.kind === "nothing";
  if (chosen.head && opened.kind === "run") await turn("head", chosen.head);
  else typedSoon();
  if (opened.kind === "file" && editor.text() !== opened.source) changedOnDisk();
  editor.focus();
}

/** @param {string} [chosenTheme] */
function theme(chosenTheme) {
  if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
  byId("theme").textContent = isDark() ? "Light" : "Dark";
  for (const { maps } of looked.sides.values()) if (maps.looked()) maps.look(...maps.looked());
}

byId("top").append(
  el("span", { class: "brand" }, "attndsl studio"),
  el("span", { class: "note name" }, report.model),
  el("button", {
    type: "button",
    id: "theme",
    class: "small",
    onclick: () => theme(isDark() ? "light" : "dark"),
  }),
);
byId("main").append(el("div", { id: "banners", role: "alert" }));
theme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
talk.opened = () => {
  begin().catch(() => {});
};
talk.heard = (told) => {
  if (told.event === "changed" && told.version !== opened?.version) changedOnDisk();
  else if (told.error) banner("error", told.error);
};
talk.lost = (never) =>
  banner(
    "lost",
    never
      ? "No studio answers at this address: it was stopped, or started again with another address."
      : "The studio has stopped. What you wrote is kept in this tab; it goes on when the studio is back.",
  );
connect();
