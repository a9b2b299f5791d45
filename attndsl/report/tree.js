// A canonical tree as a list within lists, each node a button.

function tree(program, choose) {
  const buttons = [];
  const seen = new Set();
  const branch = (number) => {
    const node = program.nodes[number];
    const again = seen.has(number) && node.args.length > 0;
    seen.add(number);
    const button = el(
      "button",
      {
        type: "button",
        "data-node": number,
        title: node.text,
        onpointerenter: () => choose(number),
        onfocus: () => choose(number),
        onclick: () => choose(number),
      },
      node.args.length
        ? [el("span", { class: "op" }, node.op), again ? " (as above) " : " "]
        : null,
      node.text,
    );
    buttons.push(button);
    return el(
      "li",
      {},
      button,
      again || !node.args.length ? null : el("ul", {}, node.args.map(branch)),
    );
  };
  const list = el(
    "ul",
    { class: "tree", "aria-label": "the canonical tree" },
    branch(program.root),
  );
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, next))].focus();
  });
  return [list, buttons];
}
