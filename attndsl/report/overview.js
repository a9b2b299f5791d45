// The overview: headline figures, the grid of layers and heads with a preview, how it was done.

// Of a model in a folder the folder's own name.
const modelName = /^(?:[./~\\]|[A-Za-z]:)/.test(report.model)
  ? report.model.split(/[\\/]/).filter(Boolean).pop()
  : report.model;

function overview() {
  const preview = el("aside", { class: "preview card", "aria-label": "The head in focus" });
  const holder = el("div");
  const redraw = () => holder.replaceChildren(legend(), grid(preview));
  const best =
    report.heads[report.story.best[0]] ?? heads.reduce((a, b) => (b.iou.mean > a.iou.mean ? b : a));
  redraw();
  showPreview(preview, best, true);
  return [
    el("h1", {}, "What the heads of ", el("span", { class: "mono" }, modelName), " do"),
    el(
      "p",
      { class: "lead" },
      "For each attention head, the short program that best says where it looks. IoU, intersection over union, is how well: ",
      "1 where the program's map is the head's own, 0 where the two share nothing; content IoU leaves out what rests on ",
      report.story.resting,
      ". ",
      "Excess is what part of the way the program comes from the best pattern that knows nothing of the text, ",
      "the head's constant pattern, to the head itself: 0 is no better than that pattern, 1 is the head.",
    ),
    storySection(),
    headline(),
    shortfallNotes(),
    el(
      "section",
      { "aria-labelledby": "grid-title" },
      el("h2", { id: "grid-title" }, "Heads"),
      el(
        "div",
        { class: "bar" },
        colouringChoice(redraw),
        el(
          "span",
          { class: "note" },
          "Each cell is a head: point at it for a preview, follow it to its page.",
        ),
      ),
      el("div", { class: "split" }, holder, preview),
    ),
    headTable(),
    glance(),
    recoveredSection(),
    curveSection(),
    answersSection(),
    howSection(),
  ];
}

function headline() {
  const good = heads.filter((head) => head.iou.mean >= 0.5).length;
  const used = new Set(heads.map((head) => head.program)).size;
  const { mean } = report;
  const told = report.measured;
  const cards = [
    ...(told
      ? [
          [
            "mean content IoU",
            told.mean_content_iou ? fixed(told.mean_content_iou.mean) : "not defined",
            told.mean_content_iou
              ? `${interval(told.mean_content_iou)}, ${count(told.heads_with_content, "head")} with content`
              : "no head has content",
          ],
          [
            "excess over constant patterns",
            told.excess_iou ? fixed(told.excess_iou.mean) : "not defined",
            told.excess_iou
              ? `${interval(told.excess_iou)}; their IoU is ${fixed(told.constant_iou.mean)}`
              : "constant patterns say it all",
          ],
        ]
      : []),
    ["mean IoU", fixed(mean.mean), onTexts(mean, "held-out text")],
    ["heads with IoU of 0.5 or more", `${good} of ${heads.length}`, percent(good / heads.length)],
    [
      "programs in use",
      `${used}`,
      used < report.programs.length
        ? `of ${report.programs.length} in the library`
        : "all of the library",
    ],
  ];
  const replaced = report.curve.filter((one) => one.by === "programs" && one.fraction > 0);
  const point = replaced.find((one) => one.fraction === 0.25) || replaced[0];
  if (point) cards.push(replacedCard(point));
  return figureCards(cards);
}

// Where the library falls short, in words.
function shortfallNotes() {
  const written = (line) => `${line[0].toUpperCase()}${line.slice(1)}.`;
  return report.shortfalls.map((line) => el("p", { class: "note shortfall" }, written(line)));
}

// Figures side by side, each `[label, value, note]`.
function figureCards(cards) {
  return el(
    "div",
    { class: "cards" },
    cards.map(([label, value, note]) =>
      el(
        "div",
        { class: "card figure" },
        el("div", { class: "label" }, label),
        el("div", { class: "value" }, value),
        el("div", { class: "note" }, note),
      ),
    ),
  );
}

function replacedCard(point) {
  const label = `${report.measure} with ${percent(point.fraction)} of heads replaced`;
  const ahead = point.sees_ahead ? ", sees ahead" : "";
  const { ratio, value, low, high } = point;
  const { unit, digits, unchanged } = measure();
  return ratio
    ? [
        label,
        change(ratio.mean),
        `${change(ratio.low)} to ${change(ratio.high)} (95%), to ${fixed(value, 2)}${ahead}`,
      ]
    : [
        label,
        `${fixed(value, digits)}${unit}`,
        `${fixed(low, digits)} to ${fixed(high, digits)} (95%)${unchanged}${ahead}`,
      ];
}

// The heads that are looked for first, and the way to all of them.
function glance() {
  const most = (title, note, key, down, shown) => {
    const found = heads
      .filter((head) => key(head) !== null)
      .sort((a, b) => (down ? key(b) - key(a) : key(a) - key(b)));
    return el(
      "div",
      { class: "look" },
      el("h3", {}, title),
      el("p", { class: "note" }, note),
      el(
        "ul",
        {},
        found.slice(0, 3).map((head) => el("li", {}, headLink(head), ` ${shown(head)}`)),
      ),
      el(
        "button",
        {
          type: "button",
          class: "small",
          "aria-label": `All heads: ${title}`,
          onclick: () => listBy(key, down),
        },
        "All",
      ),
    );
  };
  const fit = (head) => fixed(head.iou.mean);
  const share = (place) => (head) => percent(head.on[place]);
  return el(
    "section",
    { "aria-labelledby": "looks-title" },
    el("h2", { id: "looks-title" }, "Heads to look at first"),
    el(
      "div",
      { class: "looks" },
      most("Highest IoU", "rest and content together", byFit, true, fit),
      most("Most on the first token", "by their real weight", onPlace[0], true, share(0)),
      most("Most on the token before", "by their real weight", onPlace[1], true, share(1)),
      most("Most on themselves", "by their real weight", onPlace[2], true, share(2)),
      measuredEffects
        ? most("Dearest to replace", `by ${report.effect_of}`, byEffect, true, (head) =>
            effectText(head.effect),
          )
        : null,
    ),
  );
}

function colouringChoice(redraw) {
  const names = Object.keys(COLOURINGS).filter(
    (name) => (name !== "effect" || measuredEffects) && (name !== "content" || withContent),
  );
  return el(
    "div",
    { role: "group", "aria-label": "Colour the grid by", class: "choice" },
    names.map((name) =>
      el(
        "button",
        {
          type: "button",
          "aria-pressed": String(name === colouring),
          onclick: (event) => {
            colouring = name;
            for (const other of event.target.parentNode.children)
              other.setAttribute("aria-pressed", String(other === event.target));
            redraw();
          },
        },
        COLOURINGS[name].label,
      ),
    ),
  );
}

function legend() {
  if (colouring === "family")
    return el(
      "ul",
      { class: "legend" },
      familiesInUse.map(([name, uses]) =>
        el("li", {}, swatch(familyColour(name)), `${name} (${uses})`),
      ),
    );
  if (colouring === "content")
    return el(
      "p",
      { class: "legend" },
      ramp("0", "1", (share) => colour("fit", share)),
      "content IoU, held-out texts; – where a head rests for more than 98%",
    );
  if (colouring === "fit")
    return el(
      "p",
      { class: "legend" },
      ramp("0", "1", (share) => colour("fit", share)),
      "IoU of real and predicted maps, held-out texts",
    );
  const end = Math.exp(farthest);
  return el(
    "p",
    { class: "legend" },
    ramp(effectText(1 / end), effectText(end), (share) => signed(2 * share - 1)),
    effectName,
  );
}

function grid(preview) {
  const { fill, ink, text } = COLOURINGS[colouring];
  const across = report.heads_per_layer;
  // One stop for the tabulator: the cell that was last in focus; arrow keys move from there.
  let stop = null;
  const focused = (link) => {
    if (stop) stop.tabIndex = -1;
    stop = link;
    stop.tabIndex = 0;
  };
  const cell = (head) =>
    el(
      "td",
      {},
      !head.asked
        ? null
        : el(
            "a",
            {
              href: `#/head/${head.layer}.${head.head}`,
              style: { background: fill(head), color: ink(head) },
              "aria-label": labelOf(head),
              onmouseenter: () => showPreview(preview, head),
              tabindex: "-1",
              onfocus: (event) => {
                focused(event.target);
                showPreview(preview, head);
              },
            },
            across <= 20 ? text(head) : "",
          ),
    );
  const table = el(
    "table",
    { class: "grid", onkeydown: (event) => moveFocus(event, table) },
    el("caption", { class: "unseen" }, "Layers down, heads across; arrow keys move"),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("td"),
        Array.from({ length: across }, (_, head) =>
          el("th", { scope: "col" }, across <= 20 ? `H${head}` : head % 4 ? "" : `${head}`),
        ),
      ),
    ),
    el(
      "tbody",
      {},
      [...new Set(heads.map((head) => head.layer))].map((layer) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, `L${layer}`),
          report.heads.filter((head) => head.layer === layer).map(cell),
        ),
      ),
    ),
  );
  focused(table.querySelector("a"));
  return table;
}

function labelOf(head) {
  const effect =
    head.effect === null ? "" : `, ${report.effect_of} ${effectText(head.effect)} if replaced`;
  const content = head.content_iou
    ? `content IoU ${fixed(head.content_iou.mean)}, `
    : head.constant
      ? "content IoU not defined, "
      : "";
  return `${head.name}: ${content}IoU ${fixed(head.iou.mean)}, ${report.programs[head.program].name}, ${familyOf(head)}${effect}`;
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// To the next cell that way that has a head.
function moveFocus(event, table) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...table.tBodies[0].rows].map((row) =>
    [...row.querySelectorAll("td")].map((cell) => cell.querySelector("a")),
  );
  let y = rows.findIndex((row) => row.includes(document.activeElement));
  let x = rows[y].indexOf(document.activeElement);
  do {
    y += step[0];
    x += step[1];
  } while (rows[y]?.[x] === null);
  rows[y]?.[x]?.focus();
}

function showPreview(preview, head, first = false) {
  const program = report.programs[head.program];
  const kinds = ["real", "predicted"];
  const maps = kinds.map((kind) =>
    el("canvas", { role: "img", "aria-label": `${KINDS[kind].title} map of ${head.name}` }),
  );
  preview.replaceChildren();
  fill(preview, {}, [
    el(
      "h3",
      {},
      headLink(head),
      first
        ? el(
            "span",
            { class: "note" },
            report.story.best.length ? " the best explained" : " the best fit",
          )
        : null,
    ),
    el(
      "p",
      {},
      head.content_iou
        ? ["Content IoU ", el("strong", {}, fixed(head.content_iou.mean)), ", "]
        : head.constant
          ? "Content IoU not defined, "
          : null,
      "IoU ",
      el("strong", {}, fixed(head.iou.mean)),
      `, ${interval(head.iou)}`,
    ),
    head.names.length ? el("p", {}, "Named: ", namesOf(head)) : null,
    contradicted(head),
    el(
      "p",
      {},
      swatch(familyColour(program.family)),
      `${program.family}: `,
      programLink(head.program),
    ),
    ...doc(program.docstring),
    el(
      "div",
      { class: "pair" },
      maps.map((canvas, i) =>
        el("figure", {}, canvas, el("figcaption", {}, i ? "predicted" : "real, held-out text 1")),
      ),
    ),
    sourceBlock(withoutWords(program), "Source of the program"), // its words stand above
  ]);
  preview.dataset.head = head.name;
  pairOf(report.heads.indexOf(head), 0, false).then((pair) => {
    if (preview.dataset.head !== head.name) return;
    kinds.forEach((kind, i) => {
      drawMap(maps[i], pair, KINDS[kind]);
      maps[i].setAttribute("aria-label", inWords(head, pair, kind));
    });
  });
}

function howSection() {
  const left = report.left_out.map(([name, reason]) => [`left out: ${name}`, reason]);
  return el(
    "section",
    { "aria-labelledby": "how-title" },
    el("h2", { id: "how-title" }, "How these figures were obtained"),
    facts([...report.settings, ...left]),
    report.command
      ? el(
          "div",
          { class: "command" },
          el("code", {}, report.command),
          copyButton("Copy command", "Command", () => report.command),
        )
      : null,
  );
}
