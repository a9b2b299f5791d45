// Which page is shown: the address after the # says; and the switch between light and dark.

// A head's number from its layer and its place there, if it was asked for.
function headAt(layer, head) {
  const number = Number(layer) * report.heads_per_layer + Number(head);
  return report.heads[number]?.asked && Number(head) < report.heads_per_layer ? number : null;
}

/** @type {[RegExp, (...places: string[]) => any][]} */
const ROUTES = [
  [
    /^#\/head\/L?(\d+)\.H?(\d+)$/,
    (layer, head) => {
      const number = headAt(layer, head);
      return number === null ? null : headPage(number);
    },
  ],
  [
    /^#\/heads\/(\d+)\.(\d+)\/(\d+)\.(\d+)$/,
    (...places) => {
      const pair = [headAt(places[0], places[1]), headAt(places[2], places[3])];
      return pair.includes(null) ? null : besidePage(...pair);
    },
  ],
  [/^#\/maps$/, () => mapsPage()],
  [
    /^#\/program\/([0-9a-f]{12,})$/,
    (hash) => {
      const number = report.programs.findIndex((program) => program.hash === hash);
      return number < 0 ? null : programPage(number);
    },
  ],
  [
    /^#\/program\/(\d+)$/,
    (number) => (report.programs[number] ? programPage(Number(number)) : null),
  ],
  [/^#\/library$/, () => libraryPage()],
  [/^(#\/?)?$/, () => overview()],
];
const nothing = () => [
  el("h1", {}, "Nothing here"),
  el("p", {}, el("a", { href: "#/" }, "To all heads")),
];
let first = true;

// `moved`: to another page, whose heading is then what is in focus.
async function show(moved = true) {
  const address = location.hash;
  const [pattern, make] = ROUTES.find(([route]) => route.test(address)) || [/^/, nothing];
  const made = (await make(...(pattern.exec(address) || []).slice(1))) || nothing();
  if (location.hash !== address) return; // another page was asked for meanwhile
  const content = made.flat(Infinity);
  const main = document.getElementById("main");
  main.replaceChildren(...content.filter(Boolean));
  document.querySelectorAll("#top nav a").forEach((link) => {
    const here = link.getAttribute("href") === (address || "#/");
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  const heading = main.querySelector("h1");
  document.title = `${heading.textContent} – ${report.model}`;
  if (moved && !first) {
    scrollTo(0, 0);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  first = false;
}

function remembered(value) {
  try {
    if (value) localStorage.setItem("attndsl-theme", value);
    return localStorage.getItem("attndsl-theme");
  } catch {
    return null; // a page from disk may have no storage
  }
}

function theme(chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  const toggle = document.getElementById("theme");
  toggle.textContent = isDark() ? "Light" : "Dark";
  toggle.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
}

document.getElementById("top").append(
  el("span", { class: "brand" }, "attndsl"),
  el(
    "nav",
    { "aria-label": "Pages" },
    el("a", { href: "#/" }, "Heads"),
    el("a", { href: "#/maps" }, "Maps"),
    el("a", { href: "#/library" }, "Library"),
  ),
  el("button", {
    type: "button",
    id: "theme",
    class: "small",
    onclick: () => {
      theme(remembered(isDark() ? "light" : "dark") || (isDark() ? "light" : "dark"));
      show(false);
    },
  }),
);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
theme(remembered());
// In a notebook's frame the page has no address of its own, and a link would leave it.
addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest('a[href^="#/"]');
  if (!link || location.protocol !== "about:") return;
  event.preventDefault();
  location.hash = link.getAttribute("href");
});
darkSystem.addEventListener("change", () => {
  theme();
  show(false);
});
// Maps are painted anew for paper, which is light, and for the screen again.
onPaper.addEventListener("change", () => show(false));
addEventListener("hashchange", () => show());
show();
tellNotebook({ ready: true });
