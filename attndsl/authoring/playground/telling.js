// What the page says of a program: its problems with their fixes, and the tutorial's steps.

function tellProblems(problems, programs) {
  editor.tell(problems);
  problemList.replaceChildren(
    ...problems.map((one) =>
      el(
        "li",
        { class: one.severity },
        el(
          "button",
          { type: "button", class: "small", onclick: () => editor.select(one.from, one.to) },
          `line ${one.line}`,
        ),
        " ",
        worded(one.message),
        one.hint ? el("span", { class: "note" }, " · ", worded(one.hint)) : null,
        one.fixes.map((fix) =>
          el("button", { type: "button", class: "small fix", onclick: () => mend(fix) }, fix.title),
        ),
      ),
    ),
    ...programs.map((one) =>
      el("li", { class: "well" }, el("span", { class: "mono" }, one.name), `: ${one.told}`),
    ),
  );
}

function mend({ from, to, text }) {
  const before = editor.text();
  editor.replace(before.slice(0, from) + text + before.slice(to));
}

const worded = (text) =>
  text
    .split(/`([^`]+)`/)
    .map((piece, i) => (i % 2 ? el("code", {}, piece) : piece.replaceAll("**", "")));

// The Markdown that we write ourselves, as far as it goes: blocks of code, paragraphs, `names`.
const told = (markdown) =>
  el(
    "div",
    {},
    markdown.split(/```\w*\n([\s\S]*?)\n?```/).map((part, i) =>
      i % 2
        ? el("pre", { class: "mono" }, part)
        : part
            .split(/\n\s*\n/)
            .filter((one) => one.trim())
            .map((one) => el("p", {}, worded(one))),
    ),
  );

function showStep(number) {
  const step = SETTINGS.steps[number];
  const to = (label, other) =>
    el(
      "button",
      { type: "button", disabled: !SETTINGS.steps[other], onclick: () => take(other) },
      label,
    );
  lesson.replaceChildren(
    el("h2", {}, step.title),
    told(step.says),
    el(
      "div",
      { class: "bar" },
      to("Back", number - 1),
      to("Next", number + 1),
      el("span", { class: "note" }, `step ${number + 1} of ${SETTINGS.steps.length}`),
    ),
  );
}

function take(number) {
  const { program, text } = SETTINGS.steps[number];
  showStep(number);
  put({ program, text, mask: state.mask });
}

function put(next) {
  Object.assign(state, next);
  textField.value = state.text;
  maskChoice.value = state.mask;
  editor.replace(state.program);
  soon();
}
