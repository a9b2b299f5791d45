// The list of heads: sorted by any column, narrowed by family and by words in the programs.

const byFit = (head) => head.iou.mean;
const byEffect = (head) => head.effect;
const onPlace = [0, 1, 2].map((place) => (head) => head.on[place]);
const byContent = (head) => head.content_iou?.mean ?? null;
const byExcess = (head) => head.excess;
// Names of known mechanisms that the head passes the threshold of.
const namesOf = (head) => head.names.join(", ");
const restOf = (head) => (head.content === null ? null : 1 - head.content);
const COLUMNS = [
  {
    name: "head",
    key: (head) => head.layer * report.heads_per_layer + head.head,
    show: (head) => headLink(head),
  },
  {
    name: "content IoU",
    title: "IoU of what doesn't rest; not defined where a head rests for more than 98%",
    key: byContent,
    down: true,
    number: true,
    show: (head) =>
      head.content_iou
        ? [fitBar(head.content_iou.mean), fixed(head.content_iou.mean)]
        : head.constant
          ? "not defined"
          : "–",
  },
  {
    name: "rests",
    title: `share of the head's rows on ${report.story.resting}`,
    key: restOf,
    down: true,
    number: true,
    show: (head) => (head.content === null ? "–" : percent(restOf(head))),
  },
  {
    name: "excess",
    title: "how far the program comes from the best constant pattern to the head",
    key: byExcess,
    down: true,
    number: true,
    show: (head) =>
      head.excess !== null ? fixed(head.excess, 2) : head.constant ? "not defined" : "–",
  },
  {
    name: "contradicted",
    title: "by how many mechanisms on probe texts",
    key: (head) => head.contradictions.length,
    down: true,
    number: true,
    show: (head) =>
      head.contradictions.length
        ? el("span", { title: head.contradictions.join("\n") }, `${head.contradictions.length}`)
        : "",
  },
  {
    name: "program",
    long: true,
    key: (head) => report.programs[head.program].name,
    show: (head) => programLink(head.program, true),
  },
  ...(report.mechanisms.length
    ? [
        {
          name: "names",
          title: "known mechanisms whose threshold the head passes",
          long: true,
          key: (head) => namesOf(head) || null,
          show: (head) => namesOf(head),
        },
      ]
    : []),
  { name: "IoU", key: byFit, down: true, number: true, show: (head) => fixed(head.iou.mean) },
  {
    name: "constant",
    title: "IoU of the best constant pattern",
    key: (head) => head.constant?.iou ?? null,
    down: true,
    number: true,
    show: (head) => (head.constant ? fixed(head.constant.iou) : "–"),
  },
  {
    name: "IoU, 95%",
    title: "interval of the IoU, by a bootstrap over texts",
    key: (head) => head.iou.low,
    number: true,
    show: (head) => `${fixed(head.iou.low, 2)}–${fixed(head.iou.high, 2)}`,
  },
  {
    name: "family",
    key: (head) => familyOf(head),
    show: (head) => [swatch(familyColour(familyOf(head))), familyOf(head)],
  },
  ...["first", "previous", "itself"].map((name, place) => ({
    name: `on ${name}`,
    title: `share of the head's real weight on ${["the first token", "the token before", "the token itself"][place]}`,
    key: onPlace[place],
    down: true,
    number: true,
    show: (head) => percent(head.on[place]),
  })),
  ...(measuredEffects
    ? [
        {
          name: "effect",
          title: effectName,
          key: byEffect,
          down: true,
          number: true,
          show: (head) => (head.effect === null ? "" : effectText(head.effect)),
        },
      ]
    : []),
];
const FEW = 40;
const leading = COLUMNS.findIndex(({ key }) => key === (withContent ? byContent : byFit));
const listing = { column: leading, down: true, family: "", words: "", all: false, sortBy: null };

// All heads in the order of a key, with the list in sight.
function listBy(key, down) {
  Object.assign(listing, { family: "", words: "" });
  listing.sortBy(
    COLUMNS.findIndex((column) => column.key === key),
    down,
  );
  const title = document.getElementById("list-title");
  title.scrollIntoView();
  title.focus({ preventScroll: true });
}

function fitBar(share) {
  return el(
    "span",
    { class: "fit", "aria-hidden": "true" },
    el("span", { style: { width: percent(share), background: colour("fit", share) } }),
  );
}

function headTable() {
  const body = el("tbody");
  const status = el("p", { class: "note", role: "status" });
  const more = el("button", {
    type: "button",
    onclick: () => {
      listing.all = true;
      update();
    },
  });
  const headers = COLUMNS.map((column, number) =>
    el(
      "th",
      { scope: "col", class: column.number ? "number" : null, title: column.title },
      el(
        "button",
        {
          type: "button",
          onclick: () =>
            sortBy(number, listing.column === number ? !listing.down : Boolean(column.down)),
        },
        column.name,
      ),
    ),
  );

  function sortBy(number, down) {
    Object.assign(listing, { column: number, down });
    update();
  }

  function update() {
    const { key } = COLUMNS[listing.column];
    const words = listing.words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = heads.filter(
      (head) =>
        (!listing.family || familyOf(head) === listing.family) &&
        words.every((word) => searched(head).includes(word)),
    );
    const sign = listing.down ? -1 : 1;
    // What is not defined comes last, whichever way.
    const missing = (head) => key(head) === null;
    found.sort(
      (a, b) =>
        Number(missing(a)) - Number(missing(b)) ||
        sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0),
    );
    search.value = listing.words;
    family.value = listing.family;
    const shown = listing.all ? found : found.slice(0, FEW);
    body.replaceChildren(
      ...shown.map((head) =>
        el(
          "tr",
          {},
          COLUMNS.map((column, i) =>
            el(
              i ? "td" : "th",
              {
                class: column.number ? "number" : column.long ? "long" : null,
                scope: i ? null : "row",
              },
              column.show(head),
            ),
          ),
        ),
      ),
    );
    headers.forEach((header, number) =>
      header.setAttribute(
        "aria-sort",
        number !== listing.column ? "none" : listing.down ? "descending" : "ascending",
      ),
    );
    const { name, number } = COLUMNS[listing.column];
    const order = number
      ? listing.down
        ? "highest first"
        : "lowest first"
      : listing.down
        ? "from last to first"
        : "from first to last";
    status.textContent = `${found.length} of ${count(heads.length, "head")}, by ${name}, ${order}`;
    more.textContent = `Show all ${found.length}`;
    more.hidden = shown.length === found.length;
  }

  const search = el("input", {
    type: "search",
    id: "words",
    placeholder: "previous, quote, L3…",
    oninput: (event) => {
      listing.words = event.target.value;
      update();
    },
  });
  const family = el(
    "select",
    {
      id: "family",
      onchange: (event) => {
        listing.family = event.target.value;
        update();
      },
    },
    el("option", { value: "" }, "all"),
    familiesInUse.map(([name, uses]) => el("option", { value: name }, `${name} (${uses})`)),
  );
  listing.sortBy = sortBy;
  update();
  return el(
    "section",
    { "aria-labelledby": "list-title" },
    el("h2", { id: "list-title", tabindex: "-1" }, "List of heads"),
    el(
      "div",
      { class: "bar" },
      el("button", { type: "button", onclick: () => sortBy(leading, true) }, "Best first"),
      el("button", { type: "button", onclick: () => sortBy(leading, false) }, "Worst first"),
      el("label", { for: "family" }, "Family ", family),
      el("label", { for: "words" }, "Search programs ", search),
      status,
    ),
    el(
      "div",
      {
        class: "scroll listing",
        tabindex: "0",
        role: "region",
        "aria-labelledby": "list-title",
      },
      el(
        "table",
        { class: "list heads", "aria-labelledby": "list-title" },
        el("thead", {}, el("tr", {}, headers)),
        body,
      ),
    ),
    more,
  );
}

const searched = (head) =>
  `${head.name.toLowerCase()} ${namesOf(head)} ${textOf(report.programs[head.program])}`;
