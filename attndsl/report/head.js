// A head's page: its program, what is proved of it, and its maps on the held-out texts.

// `at` shows a row of a text, on the page that is open, which is the one `of` a head.
const looking = { text: 0, chosen: null, at: null, of: null };

async function headPage(number) {
  await filled();
  const head = report.heads[number];
  const program = report.programs[head.program];
  const step = (by, label) => {
    const other = heads[heads.indexOf(head) + by];
    const props = {
      rel: by < 0 ? "prev" : "next",
      "aria-label": `${by < 0 ? "Previous" : "Next"} head, ${other?.name}`,
    };
    return other
      ? el("a", { href: `#/head/${other.layer}.${other.head}`, ...props }, label(other.name))
      : null;
  };
  return [
    el(
      "nav",
      { class: "crumbs", "aria-label": "Heads" },
      el("a", { href: "#/" }, "All heads"),
      step(-1, (name) => `← ${name}`),
      step(1, (name) => `${name} →`),
      besideChoice(head),
    ),
    el(
      "h1",
      {},
      `Head ${head.name} `,
      el("span", { class: "note" }, `layer ${head.layer}, head ${head.head}`),
    ),
    contradicted(head),
    el(
      "div",
      { class: "lead" },
      el("p", {}, "Program: ", programLink(head.program)),
      doc(program.docstring),
    ),
    headCards(head),
    mapsSection(number),
    strongestSection(number),
    detectorsSection(head),
    probesSection(number),
    ladderSection(head, (rung) => rungShown(head, rung)),
    el(
      "div",
      { class: "columns" },
      el(
        "section",
        { "aria-labelledby": "program-title" },
        el("h2", { id: "program-title" }, "Program ", programLink(head.program)),
        sourceBlock(program.source, "Source of the program"),
        tablesOf(program.source),
        partsSection(program),
        el(
          "div",
          { class: "bar" },
          copyButton("Copy program", "Program", () => program.source),
          report.command
            ? copyButton("Copy the run's command", "Command", () => report.command)
            : null,
        ),
      ),
      el(
        "section",
        { "aria-labelledby": "proved-title" },
        el("h2", { id: "proved-title" }, "Proved of it"),
        proved(program),
        program.history.length ? [el("h3", {}, "History"), historyOf(program)] : null,
      ),
    ),
    el("div", { class: "columns" }, runnersUp(head), sameProgram(head)),
    anotherRun(number),
  ];
}

// What probe texts say against the program; older runs have no such list.
function contradicted(head) {
  if (!head.contradictions?.length) return null;
  return el(
    "div",
    { class: "card against" },
    el("p", {}, "Contradicted by probe texts that nothing was chosen by:"),
    el(
      "ul",
      {},
      head.contradictions.map((told) => el("li", {}, told)),
    ),
  );
}

function headCards(head) {
  const program = report.programs[head.program];
  const cards = [
    ...measureCards(head),
    ["IoU on held-out texts", fixed(head.iou.mean), onTexts(head.iou, "text")],
    ["IoU on selection texts", fixed(head.selection), "those that its program was chosen by"],
    ["family of its program", program.family, `serves ${count(program.heads.length, "head")}`],
    [
      "real weight on the token before",
      percent(head.on[1]),
      `${percent(head.on[2])} on the token itself${head.constant ? "" : `, ${percent(head.on[0])} on the first token`}; on the texts shown`,
    ],
  ];
  if (head.output)
    cards.push([
      "of its output explained",
      fixed(head.output.mean),
      `${interval(head.output)}; 0 is its mean output by position`,
    ]);
  if (head.effect !== null)
    cards.push([
      `${report.effect_of} if replaced`,
      effectText(head.effect),
      "this head alone, by its program",
    ]);
  if (head.ablated !== null)
    cards.push([
      `${report.effect_of} if ablated`,
      effectText(head.ablated),
      "this head alone, by its mean output at the position; on selection texts",
    ]);
  return figureCards(cards);
}

// Rest and content apart, and what the head's best constant pattern gets; older runs lack them.
function measureCards(head) {
  if (!head.rest_error || !head.constant) return [];
  const content = head.content_iou;
  return [
    [
      "content IoU",
      content ? fixed(content.mean) : "not defined",
      content
        ? `${interval(content)}; ${percent(head.content)} of its rows is content`
        : `it rests but for ${percent(head.content)} of its rows`,
    ],
    [
      `rests on ${report.story.resting}`,
      percent(1 - head.content),
      "share of its rows; the remainder is content",
    ],
    [
      "rest error",
      fixed(head.rest_error.mean),
      `${interval(head.rest_error)}; how far off the resting share of a row is`,
    ],
    [
      "IoU of the best constant pattern",
      fixed(head.constant.iou),
      `${{ first: "first token", evenly: "evenly", distance: "by distance" }[head.constant.kind]}; excess ${head.excess === null ? "not defined" : fixed(head.excess)}`,
    ],
  ];
}

function mapsSection(number) {
  const head = report.heads[number],
    texts = textsOf(head);
  const select = el(
    "select",
    { id: "text", onchange: (event) => choose(Number(event.target.value)) },
    texts.map(({ at, name, passage }) =>
      el("option", { value: at }, `${name}: ${passage.tokens.slice(0, 9).join(" ")} …`),
    ),
  );
  const holder = el("div"),
    remark = el("p", { class: "note remark" });
  const buttons = new Map(texts.map((one) => [one, textButton(one, () => choose(one.at))]));
  // The texts on which the program errs most come first. The page opens on the first of those of all
  // heads, since there parts of weights are kept; one that was chosen stays from head to head.
  const inOrder = (rank) => [...texts].sort((a, b) => rank(a) - rank(b));
  // Where others stand as far, the one that is told of comes first.
  const told = (role, { passage }) => Number(head.own?.[role] === passage.number);
  const byError = inOrder((one) => one.iou - 1e-4 * told("most_wrong", one));
  const byActivity = inOrder((one) => one.activity - 0.5 * told("most_active", one));
  const stays = report.texts[looking.chosen] || looking.of === head;
  const opened = inOrder(({ iou }) => iou).find(({ at }) => report.texts[at]);
  looking.text = (stays ? looking.chosen : null) ?? opened.at;
  looking.of = head;
  const listed = el("div", { class: "choice" });
  const arrange = (order) => listed.replaceChildren(...order.map((one) => buttons.get(one)));
  arrange(byError);
  const sorting = head.activity.length
    ? el(
        "select",
        {
          "aria-label": "Order of the texts",
          onchange: (event) => arrange(event.target.value ? byActivity : byError),
        },
        el("option", { value: "" }, "the largest error first"),
        el("option", { value: "active" }, "where the head is most active first"),
      )
    : "the largest error first";
  const named = () => texts.find(({ at }) => at === looking.text).name;
  // What changes is told to who can't see it.
  const status = el("p", { class: "unseen", role: "status" });
  const tell = (words) => {
    status.textContent = words;
  };
  const draw = async (row = null) => {
    const text = looking.text;
    select.value = text;
    buttons.forEach((button, one) => button.setAttribute("aria-pressed", String(one.at === text)));
    const shown = texts.find(({ at }) => at === text);
    remark.textContent = remarkOn(head, shown);
    const [pair, cells] = await Promise.all([pairOf(number, text), cellsOf(head.program)]);
    if (text !== looking.text) return;
    if (holder.firstChild) tell(`${shown.label}: IoU ${fixed(shown.iou)}`);
    holder.replaceChildren(
      ...linkedMaps(
        head,
        pair,
        tell,
        (query, key) => {
          tellNotebook({ text, query, key });
          return whyOf(head, pair, cells, query, key);
        },
        row,
      ).nodes,
    );
  };
  const choose = (text, row = null) => {
    looking.text = looking.chosen = text;
    draw(row);
  };
  looking.at = (text, row) => {
    choose(text, row);
    document.getElementById("maps-title").scrollIntoView();
  };
  draw();
  return el(
    "section",
    { "aria-labelledby": "maps-title" },
    el("h2", { id: "maps-title" }, "Real and predicted attention"),
    el(
      "div",
      { class: "bar" },
      el("label", { for: "text" }, "Held-out text ", select),
      el(
        "button",
        {
          type: "button",
          class: "small",
          onclick: async () => savePng(head, await pairOf(number, looking.text), named()),
        },
        "Save PNG",
      ),
      el(
        "button",
        {
          type: "button",
          class: "small",
          onclick: async () => saveSvg(head, await pairOf(number, looking.text), named()),
        },
        "Save SVG",
      ),
    ),
    el(
      "div",
      { class: "bar", role: "group", "aria-label": "IoU by text" },
      el("span", { class: "note" }, "IoU by text, ", sorting),
      listed,
    ),
    head.deciles.length
      ? el(
          "p",
          { class: "note" },
          "Below each figure: in which tenth of the held-out texts it is for this head, by the program's error (1 the worst) and by how much of the head's rows is content (1 the most).",
        )
      : null,
    remark,
    holder,
    status,
  );
}

// A text with its IoU, and where it stands among the held-out ones; older runs have no tenths.
function textButton({ name, label, iou, decile, activity }, onclick) {
  const tenths = [
    decile && [`error ${decile}`, `, tenth ${decile} of 10 of the held-out texts, 1 the worst`],
    activity && [`active ${activity}`, `; tenth ${activity} by activity, 1 the most active`],
  ].filter(Boolean);
  const spoken = tenths.map(([, words]) => words).join("");
  const props = { type: "button", class: "small text", onclick };
  return el(
    "button",
    { ...props, "aria-label": `${label}: IoU ${fixed(iou)}${spoken}` },
    `${name}: ${fixed(iou, 2)}`,
    tenths.length ? el("span", {}, tenths.map(([words]) => words).join(", ")) : null,
  );
}

function runnersUp(head) {
  const rows = [
    {
      program: head.program,
      selection: head.selection,
      iou: head.iou.mean,
      chosen: true,
    },
    ...head.runners_up,
  ];
  const equals = head.runners_up.filter(
    (row) =>
      Math.abs(row.selection - head.selection) < 1e-5 && Math.abs(row.iou - head.iou.mean) < 1e-5,
  );
  return el(
    "section",
    { "aria-labelledby": "runners-title" },
    el("h2", { id: "runners-title" }, "Runners-up"),
    el("p", { class: "note" }, "IoU of the programs that fitted best on the selection texts."),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "list", "aria-labelledby": "runners-title" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("th", { scope: "col" }, "program"),
            el("th", { scope: "col", class: "number" }, "selection texts"),
            el("th", { scope: "col", class: "number" }, "held-out texts"),
          ),
        ),
        el(
          "tbody",
          {},
          rows.map((row) =>
            el(
              "tr",
              {},
              el("td", {}, programLink(row.program), row.chosen ? " (chosen)" : ""),
              el("td", { class: "number" }, fixed(row.selection)),
              el("td", { class: "number" }, fixed(row.iou)),
            ),
          ),
        ),
      ),
    ),
    equals.length
      ? el(
          "p",
          { class: "note" },
          "These texts can't tell the program from ",
          equals.map((row, i) => [i ? ", " : "", programLink(row.program)]),
          ".",
        )
      : null,
    head.margin
      ? el(
          "p",
          { class: "note" },
          `${head.margin.mean < 0 ? "Behind" : "Ahead of"} the next by ${fixed(Math.abs(head.margin.mean))} on held-out texts; the difference is ${interval(head.margin)}.`,
        )
      : null,
  );
}

function sameProgram(head) {
  const others = report.programs[head.program].heads
    .map((i) => report.heads[i])
    .filter((other) => other !== head);
  others.sort((a, b) => b.iou.mean - a.iou.mean);
  const chips = (heads) =>
    el(
      "p",
      { class: "chips" },
      heads.map((other) => headLink(other, `${other.name} ${fixed(other.iou.mean, 2)}`)),
    );
  return el(
    "section",
    { "aria-labelledby": "same-title" },
    el("h2", { id: "same-title" }, "Heads with the same program"),
    others.length ? chips(others.slice(0, 24)) : el("p", { class: "note" }, "None."),
    others.length > 24
      ? el("details", {}, el("summary", {}, `${others.length - 24} more`), chips(others.slice(24)))
      : null,
  );
}
