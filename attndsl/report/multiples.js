// Heads alike, and all heads at once: by layer and head the real map beside the predicted one.

const multiples = { text: 0 };

function mapsPage() {
  const holder = el("div");
  const select = textSelect("multiples-text", multiples.text, (text) => {
    multiples.text = text;
    holder.replaceChildren(multiplesGrid(text));
  });
  holder.append(multiplesGrid(multiples.text));
  return [
    el("h1", {}, "Maps of all heads"),
    alikeSection(),
    el(
      "section",
      { "aria-labelledby": "multiples-title" },
      el("h2", { id: "multiples-title" }, "By layer and head"),
      el(
        "div",
        { class: "bar" },
        el("label", { for: "multiples-text" }, "Held-out text ", select),
        el(
          "span",
          { class: "note" },
          "Left the real map, right the predicted one; follow it to the head.",
        ),
      ),
      el(
        "p",
        { class: "legend" },
        ramp("weight 0", "1", (share) => colour("weight", share)),
        "Square-root scale.",
      ),
      holder,
    ),
  ];
}

function textSelect(id, chosen, choose) {
  const select = el(
    "select",
    { id, onchange: (event) => choose(Number(event.target.value)) },
    report.texts.map((text, i) =>
      el("option", { value: i }, `${i + 1}: ${text.tokens.slice(0, 9).join(" ")} …`),
    ),
  );
  select.value = report.texts[chosen] ? chosen : 0; // a head's own text is of no other
  return select;
}

// A layer's maps are drawn when it comes into sight.
function multiplesGrid(text) {
  const draw = new IntersectionObserver(
    (seen) =>
      seen.forEach(({ isIntersecting, target }) => {
        if (!isIntersecting) return;
        draw.unobserve(target);
        target
          .querySelectorAll("canvas")
          .forEach((canvas) => drawBoth(canvas, Number(canvas.dataset.head), text));
      }),
    { rootMargin: "300px" },
  );
  // Up to twelve in a row, fewer where they would become too small to see.
  const widest = `max(92px, calc(${100 / Math.min(12, report.heads_per_layer)}% - 6px))`;
  return el(
    "div",
    { class: "multiples" },
    [...new Set(heads.map((head) => head.layer))].map((layer) => {
      const mine = heads.filter((head) => head.layer === layer);
      const row = el(
        "div",
        { class: "layer" },
        el("h3", {}, `L${layer}`),
        el(
          "div",
          {
            class: "row",
            style: { gridTemplateColumns: `repeat(auto-fill, minmax(${widest}, 1fr))` },
          },
          mine.map((head) => both(head)),
        ),
      );
      draw.observe(row);
      return row;
    }),
  );
}

function both(head) {
  const number = report.heads.indexOf(head);
  const content = head.content_iou
    ? `content IoU ${fixed(head.content_iou.mean, 2)}`
    : `IoU ${fixed(head.iou.mean, 2)}`;
  return el(
    "a",
    {
      href: `#/head/${head.layer}.${head.head}`,
      title: `${head.name}: ${report.programs[head.program].name}, ${content}`,
      "aria-label": `${head.name}, ${content}`,
    },
    el("canvas", { "data-head": number, "aria-hidden": "true" }),
    el("span", {}, `H${head.head}`),
  );
}

async function drawBoth(canvas, number, text) {
  const pair = await pairOf(number, text, false);
  const length = pair.tokens.length,
    gap = Math.max(2, Math.round(length / 16));
  canvas.width = 2 * length + gap;
  canvas.height = length;
  const pen = canvas.getContext("2d");
  pen.drawImage(paintedMap(pair, KINDS.real), 0, 0);
  pen.drawImage(paintedMap(pair, KINDS.predicted), length + gap, 0);
}

// Groups of heads whose content goes to the same keys; by layer, with the one most like the others.
function alikeSection() {
  const groups = report.alike;
  if (!groups?.length) return null;
  const told = groups.reduce((sum, group) => sum + group.heads.length, 0);
  const items = groups.map(alikeItem);
  const few = items.slice(0, 6),
    rest = items.slice(6);
  return el(
    "section",
    { "aria-labelledby": "alike-title" },
    el("h2", { id: "alike-title" }, "Heads alike"),
    el(
      "p",
      { class: "note" },
      `${count(groups.length, "group")} of ${count(told, "head")}, by where their content goes on the texts shown: `,
      "what rests is left out. Likeness is the mean cosine of two of a group, 1 where they are the same; groups are joined from 0.7 on.",
    ),
    el("ul", { class: "story" }, few),
    rest.length
      ? el(
          "details",
          {},
          el("summary", {}, `${count(rest.length, "group")} more`),
          el("ul", { class: "story" }, rest),
        )
      : null,
  );
}

function alikeItem({ heads: group, likeness }) {
  const mine = group.map((number) => report.heads[number]);
  const programs = new Map();
  mine.forEach((head) => programs.set(head.program, (programs.get(head.program) || 0) + 1));
  const [[most, served]] = [...programs].sort((a, b) => b[1] - a[1]);
  const names = [...new Set(mine.flatMap((head) => head.names))];
  return el(
    "li",
    { class: "card" },
    el(
      "div",
      {},
      el("h3", {}, `${count(group.length, "head")}, likeness ${fixed(likeness, 2)}`),
      layersOf(mine),
      el(
        "p",
        { class: "note" },
        names.length
          ? `Named: ${names.slice(0, 3).join(", ")}. `
          : report.mechanisms.length
            ? "No mechanism names them. "
            : null, // none was looked for
        programs.size > 1
          ? [`${programs.size} programs; ${served} of the heads by `, programLink(most)]
          : ["All by ", programLink(most)],
      ),
      el(
        "p",
        { class: "chips" },
        [...mine]
          .sort((a, b) => a.layer - b.layer || a.head - b.head)
          .map((head) => headLink(head)),
      ),
    ),
    specimen(group[0]),
  );
}

// How many of some heads are in each layer, as bars.
function layersOf(some) {
  const counts = Array.from(
    { length: report.layers },
    (_, layer) => some.filter((head) => head.layer === layer).length,
  );
  const most = Math.max(...counts),
    wide = 240 / report.layers;
  const spread = counts
    .flatMap((number, layer) => (number ? [`${number} in layer ${layer}`] : []))
    .join(", ");
  return svg(
    "svg",
    { class: "layers", viewBox: "0 0 240 34", role: "img", "aria-label": `By layer: ${spread}` },
    counts.map((number, layer) =>
      svg(
        "rect",
        {
          x: layer * wide,
          y: 22 - (20 * number) / most,
          width: Math.max(1, wide - 1),
          height: (20 * number) / most,
          style: { fill: "var(--real)" },
        },
        svg("title", {}, `layer ${layer}: ${count(number, "head")}`),
      ),
    ),
    svg("line", { x1: 0, x2: 240, y1: 22, y2: 22, stroke: "var(--line)" }),
    svg("text", { x: 0, y: 33, "font-size": 10 }, "L0"),
    svg("text", { x: 240, y: 33, "font-size": 10, "text-anchor": "end" }, `L${report.layers - 1}`),
  );
}
