// A head's page: its program, what is proved of it, and its maps on the held-out texts.

const looking = { text: 0, chosen: null };

function headPage(number) {
  const head = report.heads[number];
  const program = report.programs[head.program];
  const step = (by, label) => {
    const other = heads[heads.indexOf(head) + by];
    const props = { rel: by < 0 ? "prev" : "next", "aria-label": `${by < 0 ? "Previous" : "Next"} head, ${other?.name}` };
    return other ? el("a", { href: `#/head/${other.layer}.${other.head}`, ...props }, label(other.name)) : null;
  };
  return [
    el("nav", { class: "crumbs", "aria-label": "Heads" },
      el("a", { href: "#/" }, "All heads"), step(-1, (name) => `← ${name}`), step(1, (name) => `${name} →`)),
    el("h1", {}, `Head ${head.name} `, el("span", { class: "note" }, `layer ${head.layer}, head ${head.head}`)),
    contradicted(head),
    el("div", { class: "lead" }, el("p", {}, "Program: ", programLink(head.program)), doc(program.docstring)),
    headCards(head),
    mapsSection(number),
    detectorsSection(head),
    ladderSection(head),
    el("div", { class: "columns" },
      el("section", { "aria-labelledby": "program-title" },
        el("h2", { id: "program-title" }, "Program ", programLink(head.program)),
        sourceBlock(program.source, "Source of the program"),
        partsSection(program),
        el("div", { class: "bar" },
          copyButton("Copy program", "Program", () => program.source),
          report.command ? copyButton("Copy the run's command", "Command", () => report.command) : null)),
      el("section", { "aria-labelledby": "proved-title" },
        el("h2", { id: "proved-title" }, "Proved of it"),
        proved(program),
        program.history.length
          ? [el("h3", {}, "History"), historyOf(program)]
          : null)),
    el("div", { class: "columns" }, runnersUp(head), sameProgram(head)),
  ];
}

// What probe texts say against the program; older runs have no such list.
function contradicted(head) {
  if (!head.contradictions?.length) return null;
  return el("div", { class: "card against" },
    el("p", {}, "Contradicted by probe texts that nothing was chosen by:"),
    el("ul", {}, head.contradictions.map((told) => el("li", {}, told))));
}

function headCards(head) {
  const program = report.programs[head.program];
  const cards = [
    ...measureCards(head),
    ["IoU on held-out texts", fixed(head.iou.mean), `${interval(head.iou)}, ${textsOf(head.iou, "text")}`],
    ["IoU on selection texts", fixed(head.selection), "those that its program was chosen by"],
    ["family of its program", program.family, `serves ${count(program.heads.length, "head")}`],
    ["real weight on the first token", percent(head.on[0]), `${percent(head.on[1])} on the token before, ${percent(head.on[2])} on the token itself`],
  ];
  if (head.output)
    cards.push(["of its output explained", fixed(head.output.mean), `${interval(head.output)}; 0 is its mean output by position`]);
  if (head.effect !== null)
    cards.push([`${report.effect_of} if replaced`, effectText(head.effect), "this head alone, by its program"]);
  return el("div", { class: "cards" }, cards.map(([label, value, note]) =>
    el("div", { class: "card figure" }, el("div", { class: "label" }, label),
      el("div", { class: "value" }, value), el("div", { class: "note" }, note))));
}

// Rest and content apart, and what the head's best constant pattern gets; older runs lack them.
function measureCards(head) {
  if (!head.rest_error || !head.constant) return [];
  const content = head.content_iou;
  return [
    ["content IoU", content ? fixed(content.mean) : "not defined",
      content ? `${interval(content)}; ${percent(head.content)} of its rows is content` : `it rests but for ${percent(head.content)} of its rows`],
    [`rests on ${report.story.resting}`, percent(1 - head.content), "share of its rows; the remainder is content"],
    ["rest error", fixed(head.rest_error.mean), `${interval(head.rest_error)}; how far off the resting share of a row is`],
    ["IoU of the best constant pattern", fixed(head.constant.iou),
      `${{ first: "first token", evenly: "evenly", distance: "by distance" }[head.constant.kind]}; excess ${head.excess === null ? "not defined" : fixed(head.excess)}`],
  ];
}

function mapsSection(number) {
  const head = report.heads[number];
  const select = el("select", { id: "text", onchange: (event) => choose(Number(event.target.value)) },
    report.texts.map((text, i) => el("option", { value: i }, `${i + 1}: ${text.tokens.slice(0, 9).join(" ")} …`)));
  const holder = el("div");
  const figures = report.texts.map((_, i) => el("button", {
    type: "button", class: "small", "aria-label": `Text ${i + 1}: IoU ${fixed(head.per_text[i])}${tenth(head, i)}`,
    onclick: () => choose(i),
  }, `${i + 1}: ${fixed(head.per_text[i], 2)}`));
  // The texts on which the program errs most come first; one that was chosen stays from head to head.
  const byError = report.texts.map((_, i) => i).sort((a, b) => head.per_text[a] - head.per_text[b]);
  looking.text = looking.chosen ?? byError[0];
  // What changes is told to who can't see it.
  const status = el("p", { class: "unseen", role: "status" });
  const tell = (words) => { status.textContent = words; };
  const draw = async () => {
    const text = looking.text;
    select.value = text;
    figures.forEach((button, i) => button.setAttribute("aria-pressed", String(i === text)));
    const pair = await pairOf(number, text);
    if (text !== looking.text) return;
    if (holder.firstChild) tell(`Text ${text + 1}: IoU ${fixed(head.per_text[text])}`);
    holder.replaceChildren(...linkedMaps(head, pair, tell));
  };
  const choose = (text) => {
    looking.text = looking.chosen = text;
    draw();
  };
  draw();
  return el("section", { "aria-labelledby": "maps-title" },
    el("h2", { id: "maps-title" }, "Real and predicted attention"),
    el("div", { class: "bar" },
      el("label", { for: "text" }, "Held-out text ", select),
      el("button", { type: "button", class: "small", onclick: async () => savePng(head, await pairOf(number, looking.text)) }, "Save PNG"),
      el("button", { type: "button", class: "small", onclick: async () => saveSvg(head, await pairOf(number, looking.text)) }, "Save SVG")),
    el("div", { class: "bar", role: "group", "aria-label": "IoU by text" }, el("span", { class: "note" }, "IoU by text, the largest error first"), el("div", { class: "choice" }, byError.map((i) => figures[i]))),
    holder, status);
}

const tenth = (head, text) => (head.deciles.length ? `, tenth ${head.deciles[text]} of 10 of the held-out texts, 1 the worst` : "");

// The row whose head looks hardest at something other than the first token or itself.
function tellingRow(pair) {
  let best = [0, pair.tokens.length - 1];
  eachCell(pair, KINDS.real, (query, key, value) => {
    if (key > 0 && key !== query && value > best[0]) best = [value, query];
  });
  return best[1];
}

function linkedMaps(head, pair, tell) {
  const length = pair.tokens.length;
  const numbers = el("div", { class: "numbers" });
  const canvases = kindsOf(pair).map((name) => {
    const canvas = el("canvas", {
      role: "img", "data-kind": name, "aria-label": inWords(head, pair, name),
      onmousemove: (event) => look(...placeIn(event, canvas, length)),
      onclick: (event) => look(...placeIn(event, canvas, length)),
    });
    return canvas;
  });
  const strip = tokenStrip(pair, (query) => look(query, null));

  let looked = null;
  function look(query, key) {
    if (looked !== null && looked !== query) tell(rowInWords(pair, query));
    looked = query;
    canvases.forEach((canvas) => drawMap(canvas, pair, KINDS[canvas.dataset.kind], query, key));
    strip.show(query);
    numbers.replaceChildren(...rowNumbers(pair, query, key), el("div", { class: "why" }, whyOf(head, pair, query, key)));
  }

  requestAnimationFrame(() => look(tellingRow(pair), null));
  return [
    strip.node,
    el("div", { class: "maps" }, canvases.map((canvas) =>
      el("figure", {}, el("figcaption", {}, KINDS[canvas.dataset.kind].title), canvas))),
    el("p", { class: "legend" }, "A row is a query, a column a key.",
      ramp("weight 0", "1", (share) => colour("weight", share)),
      ramp("predicted less than real", "more", (share) => signed(2 * share - 1)),
      "Square-root scales."),
    numbers,
  ];
}

function placeIn(event, canvas, length) {
  const box = canvas.getBoundingClientRect();
  const index = (offset, size) => Math.min(length - 1, Math.max(0, Math.floor((offset / size) * length)));
  return [index(event.clientY - box.top, box.height), index(event.clientX - box.left, box.width)];
}

// The keys of a query, those with most weight first, real or predicted.
function keysOf(pair, query) {
  const length = pair.tokens.length;
  const { first, last } = rowOf(query, length);
  const keys = [];
  for (let key = first; key <= last; key++)
    keys.push({
      key, real: weightAt(pair.real, query, key, length), predicted: weightAt(pair.predicted, query, key, length),
      constant: pair.constant ? constantAt(pair, query, key) : null,
    });
  return keys.sort((a, b) => Math.max(b.real, b.predicted) - Math.max(a.real, a.predicted));
}

const rowInWords = (pair, query) =>
  `From ${spoken(pair, query)}: ` + keysOf(pair, query).slice(0, 3).map(({ key, real, predicted }) =>
    `${spoken(pair, key)} ${fixed(real, 2)}, predicted ${fixed(predicted, 2)}`).join("; ");

// The same as a table.
function rowNumbers(pair, query, looked) {
  const keys = keysOf(pair, query);
  const shown = keys.slice(0, 6);
  const there = keys.find((one) => one.key === looked);
  if (there && !shown.includes(there)) shown.push(there);
  return [
    el("table", { class: "list row-table" },
      el("caption", {}, "From ", el("strong", { class: "mono" }, pair.tokens[query]), ` (token ${query}), the keys with most weight`),
      el("thead", {}, el("tr", {}, ["key", "token", "real", "predicted", "constant", "difference"].map((name, i) =>
        el("th", { scope: "col", class: i === 1 ? null : "number" }, name)))),
      el("tbody", {}, shown.map(({ key, real, predicted, constant }) =>
        el("tr", { class: key === looked ? "looked" : null },
          el("td", { class: "number" }, `${key}`), el("td", { class: "mono" }, pair.tokens[key]),
          [real, predicted, constant, predicted - real].map((value) =>
            el("td", { class: "number" }, value === null ? "–" : fixed(value, 2))))))),
  ];
}

function runnersUp(head) {
  const rows = [{ program: head.program, selection: head.selection, iou: head.iou.mean, chosen: true }, ...head.runners_up];
  const equals = head.runners_up.filter((row) => Math.abs(row.selection - head.selection) < 1e-5 && Math.abs(row.iou - head.iou.mean) < 1e-5);
  return el("section", { "aria-labelledby": "runners-title" },
    el("h2", { id: "runners-title" }, "Runners-up"),
    el("p", { class: "note" }, "IoU of the programs that fitted best on the selection texts."),
    el("div", { class: "scroll" }, el("table", { class: "list", "aria-labelledby": "runners-title" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "program"), el("th", { scope: "col", class: "number" }, "selection texts"), el("th", { scope: "col", class: "number" }, "held-out texts"))),
      el("tbody", {}, rows.map((row) => el("tr", {}, el("td", {}, programLink(row.program), row.chosen ? " (chosen)" : ""),
        el("td", { class: "number" }, fixed(row.selection)), el("td", { class: "number" }, fixed(row.iou))))))),
    equals.length
      ? el("p", { class: "note" }, "These texts can't tell the program from ", equals.map((row, i) => [i ? ", " : "", programLink(row.program)]), ".")
      : null,
    head.margin ? el("p", { class: "note" }, `Ahead of the next by ${fixed(head.margin.mean)}, ${interval(head.margin)}, on held-out texts.`) : null);
}

function sameProgram(head) {
  const others = report.programs[head.program].heads.map((i) => report.heads[i]).filter((other) => other !== head);
  others.sort((a, b) => b.iou.mean - a.iou.mean);
  const chips = (heads) => el("p", { class: "chips" }, heads.map((other) => headLink(other, `${other.name} ${fixed(other.iou.mean, 2)}`)));
  return el("section", { "aria-labelledby": "same-title" },
    el("h2", { id: "same-title" }, "Heads with the same program"),
    others.length ? chips(others.slice(0, 24)) : el("p", { class: "note" }, "None."),
    others.length > 24 ? el("details", {}, el("summary", {}, `${others.length - 24} more`), chips(others.slice(24))) : null);
}
