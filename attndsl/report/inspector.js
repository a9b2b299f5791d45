// The inspector's page: each program of a file, one below the other.

const data = JSON.parse(document.getElementById("data").textContent);

const el = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
};

function section(program) {
  return el(
    "section",
    { "aria-label": program.name },
    el("h1", {}, program.name, " ", el("span", { class: "note mono" }, program.hash.slice(0, 12))),
    inspected(program, data.tokens),
    el("h2", {}, "The same as a program"),
    el("pre", { class: "card" }, program.canonical),
    el("h2", {}, "How it came to that"),
    stepsOf(program),
  );
}

document.getElementById("main").replaceChildren(...data.programs.map(section));
