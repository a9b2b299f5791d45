// The same head of another run: its report's file is chosen, read here, and never sent anywhere.

// What a report's file holds: its data, and its packed maps by number.
async function readReport(file) {
  const page = new DOMParser().parseFromString(await file.text(), "text/html");
  const data = page.getElementById("report");
  if (!data) throw new Error(`${file.name} is no report of attndsl`);
  return {
    name: file.name,
    said: JSON.parse(data.textContent),
    block: (text) => page.getElementById(`maps-${text}`).textContent,
  };
}

// The texts that both reports show, as [number here, number there].
const sharedTexts = (other) =>
  report.texts.flatMap((text, here) => {
    const there = other.said.texts.findIndex((one) => String(one.tokens) === String(text.tokens));
    return there < 0 ? [] : [[here, there]];
  });

// Why two runs can't stand side by side; nothing where they can.
function apart(other, head) {
  const { said } = other;
  if (JSON.stringify(said.mask) !== JSON.stringify(report.mask))
    return "its model looks another way (another mask)";
  if (!said.heads.some((one) => one.name === head.name && one.asked))
    return `it has no head ${head.name}`;
  if (!sharedTexts(other).length) return "the two show none of the same texts";
  return null;
}

function anotherRun(number) {
  const head = report.heads[number];
  const holder = el("div"),
    told = el("span", { class: "note", role: "status" });
  const input = el("input", {
    type: "file",
    id: "another",
    accept: ".html",
    onchange: async () => {
      holder.replaceChildren();
      try {
        const other = await readReport(input.files[0]);
        const reason = apart(other, head);
        told.textContent = reason
          ? `${other.name}: ${reason}.`
          : `${other.name}: ${other.said.model}`;
        if (!reason) holder.append(await anotherMaps(number, other));
      } catch (fault) {
        told.textContent =
          fault instanceof SyntaxError ? `${input.files[0].name} can't be read.` : fault.message;
      }
    },
  });
  return el(
    "section",
    { "aria-labelledby": "another-title" },
    el("h2", { id: "another-title" }, "The same head in another run"),
    el("div", { class: "bar" }, el("label", { for: "another" }, "Its report's file ", input), told),
    holder,
  );
}

async function anotherMaps(number, other) {
  const texts = sharedTexts(other);
  const [here, there] = texts.find(([one]) => one === looking.text) ?? texts[0];
  const head = report.heads[number],
    place = other.said.heads.findIndex((one) => one.name === head.name);
  const theirs = other.said.heads[place],
    program = other.said.programs[theirs.program];
  const cells = unpackedMaps(
    await inflated(other.block(there)),
    other.said.texts[there],
    other.said,
  );
  const mine = await pairOf(number, here, false);
  const pairs = [
    mine,
    {
      tokens: mine.tokens,
      real: cells.real(place),
      predicted: cells.predicted(theirs.map),
      constant: null,
    },
  ];
  const sides = [];
  pairs.forEach((pair, at) =>
    sides.push(
      linkedMaps(
        at ? theirs : head,
        pair,
        () => {},
        (query, key) => {
          const across = sides[1 - at];
          if (across && String(across.looked()) !== String([query, key])) across.look(query, key);
        },
      ),
    ),
  );
  const figures = (one, own) =>
    el(
      "p",
      {},
      own.name,
      one.content_iou ? `, content IoU ${fixed(one.content_iou.mean)}` : "",
      `, IoU ${fixed(one.iou.mean)}`,
    );
  const columns = [
    [head, report.programs[head.program], "this run"],
    [theirs, program, other.name],
  ];
  return el(
    "div",
    { class: "beside" },
    columns.map(([one, own, title], at) =>
      el(
        "section",
        { "aria-label": title },
        el("h3", {}, title),
        figures(one, own),
        doc(own.docstring),
        sourceBlock(own.source, `Source in ${title}`),
        sides[at].nodes,
      ),
    ),
  );
}
