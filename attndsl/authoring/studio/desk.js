// @ts-check
// What is looked at: the head, the one beside it, the text; and the bar where they are chosen.

/**
 * @typedef {{head: string, program?: string, content_iou?: number | null, iou?: number}} ListedHead
 * @typedef {{key: string, group: string, label: string}} ListedText
 * @typedef {{kind: "run" | "file" | "nothing", name: string, heads: ListedHead[],
 *   texts: ListedText[], source: string, version: string, reads: boolean, probes: boolean}} Opened
 */
const chosen = { head: "", beside: "", on: "" };
/** @type {Opened} */
let opened;

/**
 * @param {string} name
 * @returns {any}
 */
const byId = (name) => document.getElementById(name);

/** @param {ListedHead} one */
const headLabel = (one) =>
  [one.head, one.program, one.content_iou == null ? null : fixed(one.content_iou, 2)]
    .filter(Boolean)
    .join("  ");

/**
 * Options in groups, in the order in which the groups come.
 * @param {{value: string, label: string, group: string}[]} list
 */
function inGroups(list) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const { value, label, group } of list)
    groups.set(group, [...(groups.get(group) ?? []), el("option", { value }, label)]);
  return [...groups].map(([label, options]) => el("optgroup", { label }, options));
}

function headOptions() {
  const worst = byId("order")?.value === "worst";
  const value = (/** @type {ListedHead} */ one) => one.content_iou ?? one.iou ?? 2;
  const heads = [...opened.heads].sort((a, b) => (worst ? value(a) - value(b) : 0));
  return inGroups(
    heads.map((one) => ({
      value: one.head,
      label: headLabel(one),
      group: worst ? "least explained first" : `layer ${one.head.split(".")[0].slice(1)}`,
    })),
  );
}

const textOptions = () =>
  inGroups(opened.texts.map(({ key, label, group }) => ({ value: key, label, group })));

/**
 * The bar. `turn` is told of another head or text, `read` of a prompt.
 * @param {{turn: (what: "head" | "beside" | "on", value: string) => void,
 *   read: (prompt: string) => Promise<void>}} page
 */
function deskBar({ turn, read }) {
  const chooser = (
    /** @type {"head" | "beside" | "on"} */ what,
    /** @type {string} */ label,
    /** @type {any} */ options,
  ) => {
    const select = el(
      "select",
      { id: what, onchange: () => turn(what, select.value) },
      what === "beside" ? el("option", { value: "" }, "none") : null,
      options,
    );
    select.value = chosen[what];
    return el("label", { for: what }, `${label} `, select);
  };
  const order = el(
    "select",
    {
      id: "order",
      "aria-label": "Order of the heads",
      onchange: () => {
        byId("head").replaceChildren(...headOptions());
        byId("head").value = chosen.head;
      },
    },
    el("option", { value: "place" }, "in their order"),
    el("option", { value: "worst" }, "least explained first"),
  );
  const heads = opened.heads.length > 0;
  return el(
    "div",
    { class: "bar desk" },
    heads ? chooser("head", "Head", headOptions()) : null,
    opened.kind === "run" ? order : null,
    heads ? chooser("beside", "beside", headOptions()) : null,
    chooser("on", "Text", textOptions()),
    promptBox(read),
  );
}

/** @param {(prompt: string) => Promise<void>} read */
function promptBox(read) {
  const field = el("textarea", {
    id: "prompt",
    rows: "3",
    placeholder: opened.reads ? "The model is run once on it." : "Any text.",
  });
  const button = el(
    "button",
    {
      type: "button",
      id: "read",
      onclick: async () => {
        button.disabled = true;
        await read(field.value);
        button.disabled = false;
      },
    },
    "Read it",
  );
  return el(
    "details",
    { class: "prompt" },
    el("summary", {}, "A text of your own"),
    el("label", { for: "prompt", class: "unseen" }, "Your text"),
    field,
    button,
  );
}

/**
 * A line across the page for what has to be known or decided; an empty one goes away.
 * @param {string} name
 * @param {any[]} content
 */
function banner(name, ...content) {
  const made = el("div", { id: `banner-${name}`, class: "card banner" }, content);
  const there = byId(made.id);
  if (there?.textContent === made.textContent) return; // it may be clicked just now
  there?.remove();
  if (content.length) byId("banners").append(made);
}
