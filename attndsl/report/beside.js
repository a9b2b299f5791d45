// Two heads side by side on the same text: pointing at a row of one shows the row of both.

function besidePage(one, other) {
  const numbers = [one, other];
  const holder = el("div", { class: "beside" });
  const status = el("p", { class: "unseen", role: "status" });
  const select = textSelect("beside-text", looking.text, draw);
  async function draw(text) {
    looking.text = looking.chosen = text;
    const pairs = await Promise.all(numbers.map((number) => pairOf(number, text)));
    const sides = [];
    pairs.forEach((pair, at) => {
      const head = report.heads[numbers[at]];
      sides.push(
        linkedMaps(
          head,
          pair,
          (words) => {
            if (!at) status.textContent = words;
          },
          (query, key) => {
            const across = sides[1 - at];
            if (across && String(across.looked()) !== String([query, key])) across.look(query, key);
          },
        ),
      );
    });
    holder.replaceChildren(...sides.map((side, at) => besideColumn(numbers[at], side.nodes)));
  }
  draw(Number(select.value));
  const names = numbers.map((number) => report.heads[number].name);
  return [
    el(
      "nav",
      { class: "crumbs", "aria-label": "Heads" },
      numbers.map((number) => headLink(report.heads[number])),
    ),
    el("h1", {}, `Heads ${names[0]} and ${names[1]}`),
    figuresBeside(numbers.map((number) => report.heads[number])),
    el("div", { class: "bar" }, el("label", { for: "beside-text" }, "Held-out text ", select)),
    holder,
    status,
  ];
}

function besideColumn(number, nodes) {
  const head = report.heads[number],
    program = report.programs[head.program];
  return el(
    "section",
    { "aria-label": head.name },
    el("h2", {}, headLink(head), " ", programLink(head.program)),
    contradicted(head),
    doc(program.docstring),
    sourceBlock(program.source, `Source of ${head.name}'s program`),
    nodes,
  );
}

function figuresBeside(pair) {
  const rows = COLUMNS.filter(({ name }) => !["head", "program"].includes(name));
  return el(
    "div",
    { class: "scroll" },
    el(
      "table",
      { class: "list row-table" },
      el("caption", { class: "unseen" }, "Figures of both"),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, ""),
          pair.map((head) => el("th", { scope: "col" }, head.name)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map((column) =>
          el(
            "tr",
            {},
            el("th", { scope: "row", title: column.title }, column.name),
            pair.map((head) =>
              el("td", { class: column.number ? "number" : null }, column.show(head)),
            ),
          ),
        ),
      ),
    ),
  );
}

// The way there from a head's page: those of its group and of its program first.
function besideChoice(head) {
  const number = report.heads.indexOf(head);
  const group = report.alike?.find((one) => one.heads.includes(number))?.heads ?? [];
  const near = [...new Set([...group, ...report.programs[head.program].heads])].filter(
    (one) => one !== number,
  );
  const others = heads
    .map((one) => report.heads.indexOf(one))
    .filter((one) => one !== number && !near.includes(one));
  const options = (label, numbers) =>
    numbers.length
      ? el(
          "optgroup",
          { label },
          numbers.map((one) => el("option", { value: one }, report.heads[one].name)),
        )
      : null;
  const select = el(
    "select",
    {
      id: "beside",
      onchange: (event) => {
        const other = report.heads[Number(event.target.value)];
        location.hash = `#/heads/${head.layer}.${head.head}/${other.layer}.${other.head}`;
      },
    },
    el("option", { value: "" }, "…"),
    options("alike, or of the same program", near),
    options("others", others),
  );
  return others.length + near.length ? el("label", { for: "beside" }, "Beside ", select) : null;
}
