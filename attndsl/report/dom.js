// Elements, numbers and buttons. Whatever comes from programs or texts becomes a text node.

const SVG = "http://www.w3.org/2000/svg";
const report = JSON.parse(document.getElementById("report").textContent);
const shownTexts = [...(report.texts ?? []), ...(report.probes ?? [])];
const heads = report.heads.filter((head) => head.asked); // the others are only there for their numbers

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const el = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

// With a true minus sign, and none before a zero.
const fixed = (value, digits = 3) =>
  value === null || value === undefined
    ? ""
    : (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits).replace("-", "−");
const percent = (value) => `${Math.round(100 * value)}%`;
const grouped = (value, digits) =>
  value >= 1000 ? Math.round(value).toLocaleString("en") : fixed(value, value >= 100 ? 0 : digits);
// A ratio as a change: in percent, or how many times where it is large.
const change = (ratio) => {
  if (ratio >= 3) return `×${grouped(ratio, 1)}`;
  const share = fixed(100 * (ratio - 1), 1);
  return `${ratio > 1 && share !== "0.0" ? "+" : ""}${share}%`;
};
const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

// A figure on one text has no interval.
const interval = (estimate) =>
  estimate.texts === 1 ? "one text" : `${fixed(estimate.low)} to ${fixed(estimate.high)} (95%)`;
const onTexts = (estimate, word) =>
  estimate.texts === 1
    ? `one ${word}`
    : `${interval(estimate)}, ${count(estimate.texts, word)}${estimate.note ? ", which are few" : ""}`;

const headLink = (head, ...children) =>
  el("a", { href: `#/head/${head.layer}.${head.head}` }, children.length ? children : head.name);
// Where there is little room its name is broken after a `_`.
const programLink = (number, broken = false) => {
  const { name } = report.programs[number];
  const parts = broken ? name.split(/(?<=_)/).flatMap((part) => [part, el("wbr")]) : name;
  return el("a", { href: `#/program/${addressOf(number)}`, class: "mono" }, parts);
};
// A program's hash stays the same from run to run; where two have one, its number has to do.
const addressOf = (number) => {
  const { hash } = report.programs[number];
  return report.programs.findIndex((program) => program.hash === hash) === number
    ? hash
    : `${number}`;
};

// A docstring's paragraphs; its lines are as wide as its file, not as the page.
const doc = (docstring) =>
  docstring
    .split(/\n\s*\n/)
    .map((part) => el("p", { class: "doc" }, part.replace(/\s+/g, " ").trim()));

let hiding;
function say(message) {
  const tip = document.getElementById("tip");
  tip.textContent = message;
  tip.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => tip.classList.remove("shown"), 1800);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from disk may lack the clipboard: select in a field and copy the old way.
    const field = el("textarea", { class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  say(`${what} copied`);
}

const copyButton = (label, what, text, spoken = label) =>
  el(
    "button",
    { type: "button", class: "small", "aria-label": spoken, onclick: () => copy(text(), what) },
    label,
  );

function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say(`${name} saved`);
}

function swatch(colour) {
  return el("span", { class: "swatch", style: { background: colour }, "aria-hidden": "true" });
}
