// What a head does of known mechanisms, and its ladder: programs of one part, two and so on.

function detectorsSection(head) {
  if (!report.mechanisms.length) return null;
  const columns = ["mechanism", "on", "head", "95% interval", "constant", "from"];
  return el(
    "section",
    { "aria-labelledby": "detectors-title" },
    el("h2", { id: "detectors-title" }, "Known mechanisms"),
    el(
      "p",
      { class: "note" },
      head.names.length ? `Named: ${namesOf(head)}. ` : "No mechanism names this head. ",
      "How much of its weight the head puts on what each mechanism names, on the texts where that is most; what its constant pattern puts there; ",
      "and from what weight on the mechanism may name a head. One that reads the text must be 0.1 above the constant pattern too.",
    ),
    head.findings.length
      ? el(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "detectors-title" },
          el(
            "table",
            { class: "list", "aria-labelledby": "detectors-title" },
            el(
              "thead",
              {},
              el(
                "tr",
                {},
                columns.map((name, i) =>
                  el("th", { scope: "col", class: i > 1 ? "number" : null }, name),
                ),
              ),
            ),
            el("tbody", {}, head.findings.map(findingRow)),
          ),
        )
      : el("p", { class: "note" }, "It does none of them for more than 5% of its weight."),
  );
}

function findingRow(finding) {
  const { name, doc: said, threshold } = report.mechanisms[finding.mechanism];
  return el(
    "tr",
    { class: finding.names ? "looked" : null },
    el("th", { scope: "row", title: said }, name, finding.names ? " (names it)" : ""),
    el("td", {}, finding.where === "text" ? "held-out texts" : `probes: ${finding.where}`),
    [
      fixed(finding.weight.mean, 2),
      `${fixed(finding.weight.low, 2)} to ${fixed(finding.weight.high, 2)}`,
      fixed(finding.constant, 2),
      fixed(threshold, 2),
    ].map((cell) => el("td", { class: "number" }, cell)),
  );
}

// Of runs whose programs are of few named parts: what each further part brings, and which was picked.
// `also` gives what else is shown of the rung that is looked at.
function ladderSection(head, also = (rung) => null) {
  if (!head.ladder) return null;
  const { picked, rungs, sharing = null } = head.ladder;
  const told = el("p", { role: "status" }),
    more = el("div");
  const chart = ladderChart(rungs);
  const choose = (i) => {
    const { parts, worth, gain, measures } = rungs[i];
    slider.value = i;
    slider.setAttribute("aria-valuetext", count(parts, "part"));
    chart.querySelectorAll("circle").forEach((dot, at) => dot.setAttribute("r", at === i ? 7 : 4));
    told.textContent = `${count(parts, "part")}${parts === picked ? " (picked)" : ""}: worth ${fixed(worth)}, codelength gain ${fixed(gain, 0)} bits${measures.map(([name, value]) => `, ${name} ${fixed(value, 2)}`).join("")}`;
    more.replaceChildren(...[also(rungs[i])].flat().filter(Boolean));
  };
  const slider = el("input", {
    type: "range",
    min: 0,
    max: rungs.length - 1,
    step: 1,
    id: "rung",
    oninput: (event) => choose(Number(event.target.value)),
  });
  choose(
    Math.max(
      0,
      rungs.findIndex((rung) => rung.parts === picked),
    ),
  );
  return el(
    "section",
    { "aria-labelledby": "ladder-title" },
    el("h2", { id: "ladder-title" }, "Ladder"),
    el(
      "p",
      { class: "note" },
      "The head's own best program of so many parts on selection texts: what it is worth (content, IoU, rest, output and keys told apart, together), and what it gains in codelength. ",
      "Heads share programs, so the one shown has other numbers, and as many parts as the step that is marked, if one is: picked for all of its heads, by codelength, by what is lost, and by what probes say.",
      rungs.some((rung) => rung.source)
        ? null
        : " The program of each step and its map are in the report of a finished run.",
    ),
    sharing === null ? null : el("p", { class: "sharing" }, sharingSaid(sharing)),
    chart,
    el("div", { class: "bar" }, el("label", { for: "rung" }, "Parts ", slider), told),
    more,
  );
}

// What the head loses by having a program of several heads, as far as two digits tell.
function sharingSaid(sharing) {
  const much = fixed(Math.abs(sharing), 2);
  const said = Number(much) ? `${much} of content IoU` : "no content IoU";
  const verb = sharing < 0 && Number(much) ? "gains" : "loses";
  return `By sharing its program the head ${verb} ${said} on the held-out texts, beside its own program of as many parts, or of the next fewer on the ladder.`;
}

function ladderChart(rungs) {
  const width = 420,
    height = 150,
    left = 48,
    pad = 18;
  const worths = rungs.map((rung) => rung.worth),
    least = Math.min(...worths),
    most = Math.max(...worths, least + 0.01);
  const x = (i) => left + (i * (width - left - pad)) / Math.max(rungs.length - 1, 1);
  const y = (worth) => pad + (height - 3 * pad) * (1 - (worth - least) / (most - least));
  return svg(
    "svg",
    {
      class: "chart ladder",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `Worth by number of parts: ${rungs.map((rung) => `${rung.parts}: ${fixed(rung.worth)}`).join(", ")}`,
    },
    [least, most].map((worth) =>
      svg("text", { x: left - 8, y: y(worth) + 4, "text-anchor": "end" }, fixed(worth, 2)),
    ),
    svg("path", {
      d: `M${rungs.map((rung, i) => `${x(i)} ${y(rung.worth)}`).join("L")}`,
      style: { stroke: "var(--predicted)", fill: "none", strokeWidth: 2 },
    }),
    rungs.map((rung, i) => [
      svg("circle", { cx: x(i), cy: y(rung.worth), r: 4, style: { fill: "var(--predicted)" } }),
      svg("text", { x: x(i), y: height - 6, "text-anchor": "middle" }, `${rung.parts}`),
    ]),
  );
}
