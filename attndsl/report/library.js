// The library: every program with the heads it serves; those of one template stand together.

function libraryPage() {
  const groups = new Map();
  report.programs.forEach((program, number) => {
    groups.set(program.template, [...(groups.get(program.template) || []), number]);
  });
  const uses = (numbers) =>
    numbers.reduce((sum, number) => sum + report.programs[number].heads.length, 0);
  const ordered = [...groups.values()].sort((a, b) => uses(b) - uses(a));
  const idle = report.programs.filter((program) => !program.heads.length).length;
  const cards = report.programs.map((_, number) => programCard(number, false));
  const status = el("span", { class: "note", role: "status" });
  const search = el("input", {
    type: "search",
    id: "programs",
    placeholder: "previous, quote, similarity…",
    oninput: narrow,
  });
  function narrow() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    cards.forEach((card, number) => {
      card.hidden = !words.every((word) => textOf(report.programs[number]).includes(word));
    });
    const found = cards.filter((card) => !card.hidden).length;
    status.textContent = `${found} of ${count(cards.length, "program")}`;
  }
  narrow();
  return [
    el("h1", {}, "Library"),
    el(
      "p",
      {},
      `${count(cards.length, "program")}, those that serve most heads first. `,
      idle ? `${idle} ${idle === 1 ? "serves" : "serve"} no head. ` : null,
      ordered.length < cards.length
        ? "Programs that differ in their numbers only stand together."
        : "No two differ in their numbers only.",
    ),
    shortfallNotes(),
    el(
      "div",
      { class: "bar" },
      el("label", { for: "programs" }, "Search programs ", search),
      status,
    ),
    ordered.map((numbers) => {
      numbers.sort((a, b) => report.programs[b].heads.length - report.programs[a].heads.length);
      const mine = numbers.map((number) => cards[number]);
      return numbers.length > 1
        ? el(
            "section",
            {
              class: "template",
              "aria-label": `Programs like ${report.programs[numbers[0]].name}`,
            },
            el(
              "p",
              { class: "note" },
              `${numbers.length} programs that differ in their numbers only`,
            ),
            mine,
          )
        : mine;
    }),
  ];
}

const textOf = (program) =>
  `${program.name} ${program.family} ${program.docstring} ${program.source}`.toLowerCase();

const historyOf = (program) =>
  el(
    "ol",
    {},
    program.history.map((line) => el("li", {}, line)),
  );

function programPage(number) {
  return [
    el(
      "nav",
      { class: "crumbs", "aria-label": "Library" },
      el("a", { href: "#/library" }, "All programs"),
    ),
    el("h1", { class: "mono" }, report.programs[number].name),
    programCard(number, true),
  ];
}

function programCard(number, open) {
  const program = report.programs[number];
  const served = program.heads
    .map((head) => report.heads[head])
    .sort((a, b) => b.iou.mean - a.iou.mean);
  const mean = served.reduce((sum, head) => sum + head.iou.mean, 0) / served.length;
  return el(
    "article",
    { class: "card program", "aria-label": program.name },
    open ? null : el("h2", {}, programLink(number)),
    el(
      "p",
      {},
      swatch(familyColour(program.family)),
      program.family,
      ", ",
      served.length ? `${count(served.length, "head")}, mean IoU ${fixed(mean)}` : "serves no head",
      program.causal ? "" : ", not causal",
    ),
    doc(program.docstring),
    el(
      "p",
      { class: "chips" },
      served
        .slice(0, open ? served.length : 24)
        .map((head) => headLink(head, `${head.name} ${fixed(head.iou.mean, 2)}`)),
      !open && served.length > 24
        ? el("a", { href: `#/program/${addressOf(number)}` }, `and ${served.length - 24} more`)
        : null,
    ),
    el(
      "details",
      { open },
      el("summary", {}, "Source", el("span", { class: "unseen" }, ` of ${program.name}`)),
      sourceBlock(program.source, `Source of ${program.name}`),
      tablesOf(program.source),
      copyButton("Copy program", "Program", () => program.source, `Copy program ${program.name}`),
    ),
    open
      ? [
          el("h2", {}, "Proved of it"),
          proved(program),
          program.history.length ? [el("h2", {}, "History"), historyOf(program)] : null,
          el(
            "details",
            {},
            el("summary", {}, "Canonical form"),
            sourceBlock(program.canonical, "Canonical form"),
          ),
          program.inspected ? inspectedSection(number) : null,
        ]
      : null,
  );
}

// Source beside tree, each part with its value on the first text; unpacked when it is opened.
function inspectedSection(number) {
  const box = el("div");
  const show = async () => {
    if (box.childElementCount) return;
    const packed = document.getElementById(`tree-${number}`).textContent;
    const program = JSON.parse(new TextDecoder().decode(await inflated(packed)));
    box.replaceChildren(
      inspected(program, report.texts[0].tokens),
      el("h3", {}, "How it came to that"),
      stepsOf(program),
    );
  };
  return el(
    "details",
    { class: "inspector", ontoggle: show },
    el("summary", {}, "Canonical tree, part by part"),
    box,
  );
}
