// What programs give back of what ablating the same heads costs, by share of heads and by order.

function recoveredSection() {
  const { recovered } = report;
  if (!recovered.length) return null;
  const orders = [...new Set(recovered.map((one) => one.order))];
  const whole = recovered.find((one) => one.fraction === 1 && one.mean !== null);
  const between = (one) =>
    one.mean === null
      ? "not defined"
      : `${fixed(one.mean, 2)} (${fixed(one.low, 2)} to ${fixed(one.high, 2)})`;
  const fractions = [...new Set(recovered.map((one) => one.fraction))].sort((a, b) => a - b);
  const cell = (order, fraction) =>
    recovered.find((one) => one.order === order && one.fraction === fraction);
  return el(
    "section",
    { "aria-labelledby": "recovered-title" },
    el("h2", { id: "recovered-title" }, "What programs give back"),
    el(
      "p",
      { class: "note" },
      "Heads are ablated, each giving its mean output at the position; put programs there instead, and so much of the damage (KL to the model's own predictions) is recovered: 1 all, 0 none. ",
      whole ? `With all heads, which is the same in every order: ${between(whole)}. ` : null,
      "Not defined where the ablation costs less than its own interval.",
    ),
    el(
      "ul",
      { class: "legend" },
      orders.map((name, i) => el("li", {}, swatch(SERIES[i % SERIES.length]), name)),
    ),
    el(
      "div",
      { class: "split curve" },
      el("div", { class: "scroll" }, recoveredChart(orders, recovered)),
      el(
        "div",
        {
          class: "scroll",
          tabindex: "0",
          role: "region",
          "aria-label": "The numbers of what is recovered",
        },
        el(
          "table",
          { class: "list", "aria-labelledby": "recovered-title" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              ["share", ...orders].map((name) => el("th", { scope: "col", class: "number" }, name)),
            ),
          ),
          el(
            "tbody",
            {},
            fractions.map((fraction) =>
              el(
                "tr",
                {},
                el("th", { scope: "row", class: "number" }, percent(fraction)),
                orders.map((order) =>
                  el(
                    "td",
                    { class: "number" },
                    cell(order, fraction)
                      ? // An interval stays on one line, below its figure where there is no room.
                        between(cell(order, fraction))
                          .split(/ (?=\()/)
                          .flatMap((part) => [el("span", { class: "whole" }, part), " "])
                      : "",
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function recoveredChart(orders, points) {
  const width = 720,
    height = 300,
    left = 48,
    pad = 24,
    bottom = 44;
  const defined = points.filter((one) => one.mean !== null);
  const least = Math.max(-0.5, Math.min(0, ...defined.map((one) => one.low)));
  const x = (fraction) => left + (width - left - pad) * fraction;
  const y = (share) =>
    pad + (height - pad - bottom) * (1 - (Math.max(share, least) - least) / (1 - least));
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `KL recovered by share of heads. ${orders
        .map(
          (order) =>
            `${order}: ${
              defined
                .filter((one) => one.order === order)
                .map((one) => `${fixed(one.mean, 2)} at ${percent(one.fraction)}`)
                .join(", ") || "not defined"
            }`,
        )
        .join("; ")}`,
    },
    ticks.map((share) => [
      svg("line", {
        class: "rule",
        stroke: "var(--line)",
        x1: left,
        x2: width - pad,
        y1: y(share),
        y2: y(share),
      }),
      svg("text", { x: left - 8, y: y(share) + 4, "text-anchor": "end" }, `${share}`),
      svg("text", { x: x(share), y: height - 24, "text-anchor": "middle" }, percent(share)),
    ]),
    svg(
      "text",
      { x: (left + width - pad) / 2, y: height - 5, "text-anchor": "middle" },
      "heads replaced",
    ),
    orders.map((order, i) => {
      const mine = defined
        .filter((one) => one.order === order)
        .sort((a, b) => a.fraction - b.fraction);
      const tint = SERIES[i % SERIES.length];
      const edge = (side) => mine.map((one) => `${x(one.fraction)} ${y(one[side])}`);
      return mine.length
        ? [
            svg("path", {
              d: `M${[...edge("low"), ...edge("high").reverse()].join("L")}Z`,
              style: { fill: tint, opacity: 0.15 },
            }),
            svg("path", {
              d: `M${edge("mean").join("L")}`,
              style: { stroke: tint, fill: "none", strokeWidth: 2 },
            }),
            mine.map((one) =>
              svg("circle", { cx: x(one.fraction), cy: y(one.mean), r: 4, style: { fill: tint } }),
            ),
          ]
        : null;
    }),
  );
}
