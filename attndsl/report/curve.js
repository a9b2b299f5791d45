// The replacement curve and the answers: what it costs to put programs in place of heads.

const SERIES = ["var(--real)", "var(--predicted)", "var(--faint)", "var(--ink)"];
const TALLEST = 8; // times the unmodified perplexity: what is above leaves the picture at its top

// What a curve can be of: how it is read, and for one that starts at a fixed value which.
const MEASURES = {
  perplexity: {
    log: true,
    digits: 2,
    unit: "",
    unchanged: "",
    says: "Perplexity on held-out texts by the fraction of heads replaced, on a logarithmic scale; lower is better.",
  },
  divergence: {
    start: 0,
    digits: 3,
    unit: " nats",
    unchanged: ", 0 is unchanged",
    says:
      "An encoder has no perplexity. This is how far its predictions at masked tokens of held-out texts move from those of the unmodified model: " +
      "their mean Kullback-Leibler divergence in nats, by the fraction of heads replaced. 0 is unchanged; lower is better.",
  },
  cosine: {
    start: 1,
    digits: 3,
    unit: "",
    unchanged: ", 1 is unchanged",
    says:
      "This encoder predicts no words, so it has no perplexity. This is how alike its last hidden states stay to those of the unmodified model: " +
      "their mean cosine on held-out texts, by the fraction of heads replaced. 1 is unchanged; higher is better.",
  },
};
const measure = () => MEASURES[report.measure];

function curveSection() {
  const title = el("h2", { id: "curve-title" }, "Programs in place of heads");
  const [, why] = report.settings.find(([about]) => about === "heads replaced") ?? [];
  if (!report.curve.length)
    return el(
      "section",
      { "aria-labelledby": "curve-title" },
      title,
      el(
        "p",
        { class: "note" },
        why
          ? `Not in this report: ${why.replace(/^left out: /, "")}.`
          : "Not measured for this report: no head of the model was replaced by its program.",
      ),
    );
  const own = report.curve.find((point) => point.by === "unmodified");
  const names = [...new Set(report.curve.map((point) => point.by))].filter(
    (name) => name !== "unmodified",
  );
  const lines = names.map((name) =>
    [own, ...report.curve.filter((point) => point.by === name)]
      .filter(Boolean)
      .sort((a, b) => a.fraction - b.fraction),
  );
  const chart = curveChart(names, lines);
  return el(
    "section",
    { "aria-labelledby": "curve-title" },
    title,
    el(
      "p",
      { class: "note" },
      measure().says,
      " Heads go in the neutral order: those whose ablation costs least first, in which no program has a say. Beside the programs: the same heads ablated, each giving its mean output at the same position. Bands are 95% intervals over texts.",
    ),
    el(
      "ul",
      { class: "legend" },
      names.map((name, i) => el("li", {}, swatch(SERIES[i % SERIES.length]), name)),
    ),
    el(
      "div",
      { class: "split curve" },
      el(
        "div",
        {},
        el("div", { class: "scroll" }, chart),
        el(
          "button",
          {
            type: "button",
            class: "small",
            "aria-label": "Save SVG of the curve",
            onclick: () => saveChart(chart),
          },
          "Save SVG",
        ),
      ),
      el(
        "div",
        {
          class: "scroll",
          tabindex: "0",
          role: "region",
          "aria-label": "The numbers of the curve",
        },
        curveTable(own),
      ),
    ),
  );
}

// The change with its interval, paired by text, where it was measured; else that of the perplexity.
function curveTable(own) {
  const paired = report.curve.some((point) => point.ratio);
  const { digits } = measure();
  const columns = [
    "with",
    "heads",
    "share",
    report.measure,
    ...(paired ? ["change", "95%, paired"] : ["95%"]),
  ];
  const between = (low, high, shown) => `${shown(low)} to ${shown(high)}`;
  const figures = (point) => {
    if (!paired) return [between(point.low, point.high, (value) => grouped(value, digits))];
    return point === own || !point.ratio
      ? ["", ""]
      : [change(point.ratio.mean), between(point.ratio.low, point.ratio.high, change)];
  };
  return el(
    "table",
    { class: "list", "aria-labelledby": "curve-title" },
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        columns.map((name, i) => el("th", { scope: "col", class: i ? "number" : null }, name)),
      ),
    ),
    el(
      "tbody",
      {},
      report.curve.map((point) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, point.by, point.sees_ahead ? " (sees ahead)" : ""),
          [
            `${point.heads}`,
            percent(point.fraction),
            grouped(point.value, digits),
            ...figures(point),
          ].map((cell) => el("td", { class: "number" }, cell)),
        ),
      ),
    ),
  );
}

// Round values between two others, a few of them, on a logarithmic scale or an even one.
function roundValues(low, high) {
  if (!measure().log) {
    const raw = (high - low) / 5,
      power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((digit) => digit * power >= raw);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) =>
      Number(((first + i) * step).toPrecision(6)),
    );
  }
  const all = [1, 1.5, 2, 3, 4, 5, 7].flatMap((digit) =>
    Array.from({ length: 12 }, (_, i) => digit * 10 ** (i - 3)),
  );
  const inside = all.filter((value) => value >= low && value <= high).sort((a, b) => a - b);
  const step = Math.ceil(inside.length / 6) || 1;
  return inside.filter((_, i) => i % step === 0);
}

function curveChart(names, lines) {
  const { log, start } = measure();
  const values = report.curve.flatMap((point) => [point.low, point.high, start ?? point.value]);
  const least = Math.min(...values);
  const limit = log ? TALLEST * Math.min(...report.curve.map((point) => point.value)) : Infinity;
  const most = Math.min(Math.max(...values), limit);
  // A row of figures at the top for each line that leaves the picture there.
  const gone = lines.filter((points) => points.some((point) => point.value > limit));
  const width = innerWidth < 600 ? 380 : 720,
    height = 326 + 14 * gone.length;
  const left = 48,
    right = 24,
    top = 12 + 14 * gone.length,
    bottom = 44;
  const on = log ? Math.log : (value) => value;
  const pad = log ? 0.03 : 0.02 * (most - least || 1);
  const base = on(least) - pad,
    span = Math.max(on(most) - base + (log ? 0 : pad), log ? 0.1 : 1e-9);
  const fractions = [...new Set(report.curve.map((point) => point.fraction))];
  const far = Math.max(...fractions, 0.01);
  const x = (fraction) => left + ((width - left - right) * fraction) / far;
  const y = (value) => top + (height - top - bottom) * (1 - (on(value) - base) / span);
  const chart = svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": chartInWords(lines),
    },
    roundValues(least, most).map((value) => [
      svg("line", {
        class: "rule",
        stroke: "var(--line)",
        x1: left,
        x2: width - right,
        y1: y(value),
        y2: y(value),
      }),
      svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, `${value}`),
    ]),
    fractions.map((fraction) =>
      svg("text", { x: x(fraction), y: height - 24, "text-anchor": "middle" }, percent(fraction)),
    ),
    svg(
      "text",
      { x: (left + width - right) / 2, y: height - 5, "text-anchor": "middle" },
      "heads replaced",
    ),
  );
  // A picture within the picture cuts off what leaves it.
  const frame = {
    x: left,
    y: top - 6,
    width: width - left - right + 6,
    height: height - top - bottom + 12,
  };
  const inside = svg("svg", { ...frame, viewBox: Object.values(frame).join(" ") });
  chart.append(inside);
  lines.forEach((points, i) => {
    const tint = SERIES[i % SERIES.length];
    const edge = (side) => points.map((point) => `${x(point.fraction)} ${y(point[side])}`);
    const outside = points.filter((point) => point.value > limit);
    const told = outside.map((point) => grouped(point.value, 2)).join(", ");
    const dot = (point) =>
      point === outside.at(-1)
        ? svg(
            "text",
            {
              x: x(point.fraction),
              y: 10 + 14 * gone.indexOf(points),
              "text-anchor": point.fraction === far ? "end" : "middle",
              style: { fill: tint },
            },
            `${point.by} ↑ ${told}`,
          )
        : svg(
            "circle",
            {
              cx: x(point.fraction),
              cy: y(point.value),
              r: 4,
              style: {
                stroke: tint,
                strokeWidth: 2,
                fill: point.sees_ahead ? "var(--page)" : tint,
              },
            },
            svg(
              "title",
              {},
              `${point.by}, ${percent(point.fraction)}: ${fixed(point.value, measure().digits)} (${fixed(point.low, measure().digits)} to ${fixed(point.high, measure().digits)})`,
            ),
          );
    inside.append(
      svg("path", {
        d: `M${[...edge("low"), ...edge("high").reverse()].join("L")}Z`,
        style: { fill: tint, opacity: 0.15 },
      }),
      svg("path", {
        d: `M${edge("value").join("L")}`,
        style: { stroke: tint, fill: "none", strokeWidth: 2 },
      }),
    );
    // One line of figures for all that a line leaves the picture with: side by side they overlap.
    chart.append(...points.filter((one) => !outside.slice(0, -1).includes(one)).map(dot));
  });
  return chart;
}

const chartInWords = (lines) =>
  `${report.measure} by fraction of heads replaced. ` +
  lines
    .map(
      (points) =>
        `${points.at(-1).by}: ` +
        points
          .map((point) => `${grouped(point.value, measure().digits)} at ${percent(point.fraction)}`)
          .join(", "),
    )
    .join("; ");

// The page's colours are variables: written out, so that the picture stands alone.
function saveChart(chart) {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  let text = new XMLSerializer().serializeToString(chart);
  text = text.replace(/var\((--\w+)\)/g, (_, name) => named(name));
  text = text.replace(
    "<svg",
    `<svg font-family="sans-serif" font-size="12" fill="${named("--ink")}" style="background:${named("--page")}"`,
  );
  save(new Blob([text], { type: "image/svg+xml" }), "replacement-curve.svg");
}

function answersSection() {
  if (!report.answers.length) return null;
  return el(
    "section",
    { "aria-labelledby": "answers-title" },
    el("h2", { id: "answers-title" }, "Question answering"),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "list", "aria-labelledby": "answers-title" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["task", "model", "right", "95% interval", "questions"].map((name) =>
              el("th", { scope: "col" }, name),
            ),
          ),
        ),
        el(
          "tbody",
          {},
          report.answers.map((one) =>
            el(
              "tr",
              {},
              el("td", {}, one.task),
              el("td", {}, one.who),
              el("td", {}, percent(one.value)),
              el("td", {}, `${percent(one.low)} to ${percent(one.high)}`),
              el("td", {}, `${one.questions}`),
            ),
          ),
        ),
      ),
    ),
  );
}
