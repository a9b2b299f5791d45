// The queries, over all held-out texts, whose content a head puts most of on one key.

const AROUND = [4, 1]; // tokens before and after the one that is meant

function strongestSection(number) {
  const head = report.heads[number];
  if (!head.strongest.length) return null;
  const texts = textsOf(head);
  const rows = head.strongest.map(([text, query, key, real, predicted]) => {
    const entry = report.read.find((one) => one.number === text);
    const shown = texts.find(({ passage }) => passage.number === text && passage.tokens[query]);
    return el(
      "tr",
      {},
      el("td", { class: "number" }, shown ? toText(shown, query) : `${text}`),
      el("td", { class: "mono" }, around(entry.tokens, query)),
      el("td", { class: "mono" }, around(entry.tokens, key)),
      el("td", { class: "number" }, fixed(real, 2)),
      el("td", { class: "number" }, fixed(predicted, 2)),
    );
  });
  return el(
    "section",
    { "aria-labelledby": "strongest-title" },
    el("h2", { id: "strongest-title" }, "Where its content is strongest"),
    el(
      "p",
      { class: "note" },
      `The queries of all held-out texts that put most on one key, ${report.story.resting} apart${report.mask.kind === "full" ? "" : ", early ones left out, which see few keys"}; at most two of a text.`,
    ),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "list", "aria-labelledby": "strongest-title" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["text", "from", "to", "real", "predicted"].map((name, i) =>
              el("th", { scope: "col", class: i === 1 || i === 2 ? null : "number" }, name),
            ),
          ),
        ),
        el("tbody", {}, rows),
      ),
    ),
  );
}

// A text whose maps are shown: its row is one click away.
const toText = ({ at, name, label }, query) =>
  el(
    "button",
    {
      type: "button",
      class: "small",
      "aria-label": `${label}, from token ${query}`,
      onclick: () => looking.at(at, query),
    },
    report.texts[at] ? `text ${name}` : name,
  );

function around(tokens, place) {
  const [before, after] = AROUND;
  const first = Math.max(0, place - before);
  return [
    first ? "… " : "",
    tokens.slice(first, place).map((token) => `${token} `),
    el("strong", {}, tokens[place]),
    tokens.slice(place + 1, place + 1 + after).map((token) => ` ${token}`),
    place + 1 + after < tokens.length ? " …" : "",
    el("span", { class: "note" }, ` (${place})`),
  ];
}
