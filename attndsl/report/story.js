// The story: what the heads do in sentences, each with one specimen; the best, and what isn't explained.

const MANY = 6; // heads of a list that are shown at once

function storySection() {
  const { opening, sentences } = report.story;
  return [
    el(
      "div",
      { class: "lead" },
      opening.map((said) => el("p", {}, said)),
    ),
    bothLists(),
    el(
      "section",
      { "aria-labelledby": "story-title" },
      el("h2", { id: "story-title" }, "What they do"),
      el(
        "p",
        { class: "note" },
        "Counts of heads that pass the threshold stated; a head may be in more than one.",
        report.mechanisms.length
          ? null
          : " No census of known mechanisms was taken of these heads: names are missing.",
      ),
      el("ul", { class: "story" }, sentences.map(sentenceItem)),
    ),
  ];
}

function sentenceItem(sentence) {
  const shown = el("p", { class: "chips" });
  const few = sentence.heads.slice(0, MANY);
  const chips = (numbers) =>
    shown.replaceChildren(...numbers.map((number) => headLink(report.heads[number])));
  const rest = sentence.heads.length - few.length;
  const more =
    rest > 0 &&
    el(
      "button",
      {
        type: "button",
        class: "small",
        "aria-label": `All ${sentence.heads.length} heads: ${sentence.text}`,
        onclick: () => {
          chips(sentence.heads);
          more.remove();
        },
      },
      `and ${rest} more`,
    );
  chips(few);
  return el(
    "li",
    { class: "card", "data-sentence": sentence.key },
    el(
      "div",
      {},
      el("h3", {}, sentence.text),
      el("p", { class: "note" }, sentence.basis, "."),
      el("div", { class: "bar" }, shown, more || null),
    ),
    specimen(sentence.specimen),
  );
}

// One head as an example: its map and its program in one line.
function specimen(number) {
  const head = report.heads[number];
  const canvas = el("canvas", { role: "img", "aria-label": `Real map of ${head.name}` });
  pairOf(number, 0, false).then((pair) => {
    drawMap(canvas, pair, KINDS.real);
    canvas.setAttribute("aria-label", inWords(head, pair, "real"));
  });
  return el(
    "div",
    { class: "specimen" },
    canvas,
    el(
      "div",
      {},
      el(
        "p",
        {},
        "For example ",
        headLink(head),
        ": ",
        programLink(head.program),
        " ",
        el("span", { class: "note" }, fitInWords(head)),
      ),
      el("p", {}, programInOneLine(head)),
    ),
  );
}

function programInOneLine(head) {
  const { text, code } = report.story.lines[head.program];
  return el(code ? "code" : "span", { class: "one-line" }, text);
}

// How well its program fits, and whether probes contradict it.
function fitInWords(head) {
  const content = head.content_iou
    ? `content IoU ${fixed(head.content_iou.mean, 2)}`
    : head.constant
      ? "content IoU not defined"
      : `IoU ${fixed(head.iou.mean, 2)}`;
  return head.contradictions?.length ? `${content}; contradicted by probes` : content;
}

// Of a list's heads the programs in one line; one that stands above is named by its head.
function linesOf(numbers) {
  const first = new Map();
  numbers.forEach((number) => {
    const { program } = report.heads[number];
    if (!first.has(program)) first.set(program, report.heads[number]);
  });
  return (head) => {
    const above = first.get(head.program);
    return !above || above === head
      ? programInOneLine(head)
      : el("span", { class: "one-line" }, "the program of ", headLink(above));
  };
}

// Heads whose content IoU is above the best one's, and why they are not in the list.
function aboveTheBest(best) {
  if (!best.length) return null;
  const least = byContent(report.heads[best[0]]);
  const above = heads
    .filter((head) => byContent(head) > least)
    .sort((one, other) => byContent(other) - byContent(one));
  if (!above.length) return null;
  const named = above.slice(0, MANY / 2).flatMap((head) => [", ", headLink(head)]);
  const rest = above.length - MANY / 2;
  return [
    " Left out, with a higher content IoU: ",
    named.slice(1),
    rest > 0 ? ` and ${rest} more.` : ".",
  ];
}

function bothLists() {
  const { best, unexplained } = report.story;
  const [good, poor] = [best, unexplained].map((numbers) => linesOf(numbers.slice(0, MANY)));
  const list = (id, title, note, numbers, shown, none, all) =>
    el(
      "section",
      { class: "card", "aria-labelledby": id },
      el("h2", { id }, title),
      el("p", { class: "note" }, note),
      numbers.length
        ? el(
            "ol",
            {},
            numbers
              .slice(0, MANY)
              .map((number) =>
                el("li", {}, headLink(report.heads[number]), " ", shown(report.heads[number])),
              ),
          )
        : el("p", {}, none),
      numbers.length
        ? el(
            "button",
            { type: "button", class: "small", "aria-label": `All heads: ${title}`, onclick: all },
            "All",
          )
        : null,
    );
  return el(
    "div",
    { class: "both" },
    list(
      "best-title",
      `Best explained`,
      [
        "By content IoU; more than a constant pattern says (excess of 0.1), and not contradicted.",
        aboveTheBest(best),
      ],
      best,
      (head) => [el("strong", {}, fixed(head.content_iou.mean, 2)), " ", good(head)],
      "None: no program says more than its head's constant pattern.",
      () => listBy(byContent, true),
    ),
    list(
      "unexplained-title",
      `Not explained: ${unexplained.length} of ${heads.length}`,
      "Excess under 0.1: hardly more than a constant pattern says, or less.",
      unexplained,
      (head) => [el("strong", {}, fixed(head.excess, 2)), " ", poor(head)],
      report.measured ? "None." : "Missing: this run has no constant patterns.",
      () => listBy(byExcess, false),
    ),
  );
}
