// A head on probe texts: the keys that known mechanisms name are outlined on its maps.

function probesSection(number) {
  if (!report.probes?.length) return null;
  const head = report.heads[number];
  const holder = el("div");
  const buttons = report.probes.map((probe, i) =>
    el("button", { type: "button", class: "small", onclick: () => choose(i) }, probe.kind),
  );
  const status = el("p", { class: "unseen", role: "status" });
  async function choose(place) {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === place)));
    const { marks } = report.probes[place];
    const pair = await pairOf(number, report.texts.length + place, false);
    const names = [...new Set(marks.map((mark) => mark.mechanism))];
    const told = el("p", { class: "note" });
    const mechanism = el(
      "select",
      { id: "mechanism", onchange: () => outline(mechanism.value) },
      names.map((name) => el("option", { value: name }, name)),
    );
    const maps = linkedMaps(
      head,
      pair,
      (words) => {
        status.textContent = words;
      },
      (query) => markedRow(pair, query),
    );
    function outline(name) {
      pair.marks = marks.filter((mark) => mark.mechanism === name);
      told.replaceChildren(...markedShares(pair, name));
      maps.look(pair.marks[0].row, pair.marks[0].keys[0]);
    }
    mechanism.value = telling(head, names);
    holder.replaceChildren(
      el(
        "div",
        { class: "bar" },
        el("label", { for: "mechanism" }, "Outlined: what is named by ", mechanism),
        told,
      ),
      ...maps.nodes,
    );
    requestAnimationFrame(() => outline(mechanism.value));
  }
  const first = report.probes.findIndex((probe) => probe.kind === whereTelling(head));
  choose(Math.max(0, first));
  return el(
    "section",
    { "aria-labelledby": "probes-title" },
    el("h2", { id: "probes-title" }, "On probe texts"),
    el(
      "p",
      { class: "note" },
      "Texts made to wake what stories leave asleep; of each kind one that nothing was chosen by.",
    ),
    el(
      "div",
      { class: "bar", role: "group", "aria-label": "Kind of probe" },
      el("div", { class: "choice" }, buttons),
    ),
    holder,
    status,
  );
}

// The mechanism that says most of the head: one that its program is contradicted on, else its strongest.
function telling(head, names) {
  const against = names.find((name) => head.contradictions.some((told) => told.includes(name)));
  const strong = head.findings
    .map((one) => report.mechanisms[one.mechanism].name)
    .find((name) => names.includes(name));
  return against ?? strong ?? names[0];
}

const whereTelling = (head) =>
  report.probes.find(({ kind }) => head.contradictions.some((told) => told.includes(kind)))?.kind ??
  head.findings.find((one) => one.where !== "text")?.where;

// What of the labelled rows goes to the labelled keys, really and by the program.
function markedShares(pair, name) {
  const length = pair.tokens.length;
  const mean = (map) =>
    pair.marks.reduce(
      (sum, { row, keys }) =>
        sum + keys.reduce((all, key) => all + (weightAt(map, row, key, length) ?? 0), 0),
      0,
    ) / pair.marks.length;
  return [
    `${count(pair.marks.length, "row")} with keys named by ${name}: the head puts `,
    el("strong", {}, fixed(mean(pair.real), 2)),
    " there on average, the program ",
    el("strong", {}, fixed(mean(pair.predicted), 2)),
    ".",
  ];
}

function markedRow(pair, query) {
  const here = pair.marks?.filter((mark) => mark.row === query) ?? [];
  if (!here.length) return [el("p", { class: "note" }, "No key of this row is named.")];
  return here.map(({ mechanism, keys }) =>
    el(
      "p",
      {},
      `${mechanism} names `,
      keys.map((key, i) => [
        i ? ", " : "",
        el("span", { class: "mono" }, pair.tokens[key]),
        ` (token ${key})`,
      ]),
      ".",
    ),
  );
}
