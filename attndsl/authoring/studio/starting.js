// @ts-check
// Where a program starts from, what it means, and what came before: ladder, canonical tree, history.

/** @param {(source: string) => void} take */
async function showBeginning(take) {
  const place = byId("begin");
  if (opened.kind !== "run") return place.replaceChildren();
  const head = chosen.head;
  const told = await said(ask("begin", { head }));
  if (head !== chosen.head) return told;
  const button = (/** @type {string} */ label, /** @type {string} */ source) =>
    el("button", { type: "button", class: "small take", onclick: () => take(source) }, label);
  const rungs = told.ladder && [...told.ladder.rungs].sort((a, b) => a.parts - b.parts);
  place.replaceChildren(
    ...[
      against(told.contradictions),
      el("h3", {}, "Start from"),
      el("p", { class: "bar" }, button(`the run's program, ${told.name}`, told.source)),
      told.rest ? ownRest(head, told.rest) : null,
      rungs
        ? ladderSection(
            { ladder: { picked: told.ladder.picked, rungs } },
            (/** @type {any} */ rung) =>
              rung.source
                ? [
                    sourceBlock(rung.source, `Program of ${rung.parts} parts`),
                    button("Start from this rung", rung.source),
                  ]
                : el("p", { class: "note" }, "This run kept no programs of its rungs."),
          )
        : el(
            "p",
            { class: "note" },
            "This run has no ladder: its programs are no mixtures of parts.",
          ),
      historyList(told.history, button),
    ].filter(Boolean),
  );
  return told;
}

/**
 * Heads that share a program may each rest a number of their own.
 * @param {string} head
 * @param {number} rest
 */
const ownRest = (head, rest) =>
  el(
    "p",
    { class: "note" },
    `For ${head} what rests weighs ${fixed(rest, 2)} times what the program says. ` +
      "The run's figures count that; yours count what is written.",
  );

/**
 * What probe texts say against the head's program.
 * @param {string[]} contradictions
 */
const against = (contradictions) =>
  contradictions.length
    ? el(
        "div",
        { class: "card against" },
        el("p", {}, "Probe texts contradict the run's program:"),
        el(
          "ul",
          {},
          contradictions.map((one) => el("li", {}, one)),
        ),
      )
    : null;

/**
 * @param {any[]} history
 * @param {(label: string, source: string) => any} button
 */
function historyList(history, button) {
  if (!history.length) return null;
  const when = (/** @type {number | null} */ at) =>
    at ? new Date(1000 * at).toLocaleString() : "";
  return el(
    "section",
    { "aria-labelledby": "history-title" },
    el("h3", { id: "history-title" }, `What ${chosen.head} had`),
    el(
      "ol",
      { class: "history" },
      history.map((one) =>
        el(
          "li",
          {},
          `${one.by}${one.saved ? "" : ", not saved"} ${when(one.at)} `,
          el("span", { class: "note" }, `agreement ${fixed(one.figures.agreement, 3)} `),
          button("Take it", one.source),
        ),
      ),
    ),
  );
}

const treeSection = () =>
  el(
    "details",
    { id: "tree", ontoggle: () => treeSoon() },
    el("summary", {}, "Canonical form and cost"),
    el("div", { id: "tree-inner" }),
  );

// The canonical form, for who has opened it.
const treeSoon = later(async () => {
  const place = byId("tree");
  if (!place.open) return;
  const told = await ask("tree", { text: editor.text(), at: editor.cursor() }).catch((fault) => ({
    fault,
  }));
  const inner = byId("tree-inner");
  if (told.fault) return inner.replaceChildren(el("p", { class: "note" }, told.fault.message));
  inner.replaceChildren(
    el("p", {}, told.told),
    facts([
      [
        "time",
        `at most ${told.time.replaceAll("^2", "²").replaceAll("^3", "³")} operations on n tokens`,
      ],
      ["memory", `at most ${(told.bytes / 1e6).toFixed(2)} MB on 1,024 tokens`],
      ["length", `${fixed(told.bits, 0)} bits, ${fixed(told.numbers, 1)} numbers`],
      [
        "needs",
        ["tokens", ...told.needs].filter((one, at, all) => all.indexOf(one) === at).join(", "),
      ],
      ["hash", told.hash.slice(0, 16)],
    ]),
    sourceBlock(told.source, "Canonical form"),
    told.tree
      ? treeOf(told.tree)
      : el("p", { class: "note" }, `${told.nodes} terms: too many to draw.`),
  );
}, 250);

/** @param {{root: number, nodes: any[]}} drawn */
function treeOf(drawn) {
  const told = el("p", { class: "note", role: "status" }, "Point at a term: its type and cost.");
  const [list] = tree(drawn, (/** @type {number} */ number) => {
    const node = drawn.nodes[number];
    const depends = node.depends.length ? `depends on ${node.depends.join(", ")}` : "a constant";
    told.textContent = `${node.type}, ${depends}, costs ${node.cost}; with its parts ${node.whole}; ${node.made}`;
  });
  return el("div", {}, told, el("div", { class: "scroll" }, list));
}
