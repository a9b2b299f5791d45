// In the map's view: draws what the extension hands over, and tells it of another text.

const editor = acquireVsCodeApi();
const place = document.getElementById("map");
const text = document.getElementById("text");
text.addEventListener("input", () => editor.postMessage({ text: text.value }));
let drawn = null;

function draw(found) {
  drawn = null;
  if (found.error || !found.tokens.length) {
    place.replaceChildren(el("p", { class: "note" }, found.error || "Write a text to look at."));
    return;
  }
  const pair = { tokens: found.tokens, predicted: bytesOf(found.weights) };
  drawn = {
    pair,
    ...linkedMaps(
      { name: found.name },
      pair,
      () => {},
      () => null,
    ),
  };
  place.replaceChildren(
    el("h1", { class: "mono" }, found.name),
    ...drawn.nodes,
    found.note ? el("p", { class: "note" }, found.note) : "",
  );
}

const bytesOf = (weights) =>
  Uint8Array.from(weights.flat(), (weight) => Math.round(255 * Math.sqrt(weight)));

addEventListener("message", ({ data }) => {
  const same =
    drawn &&
    !data.error &&
    drawn.pair.tokens.join("\0") === data.tokens.join("\0") &&
    drawn.looked();
  if (!same) return draw(data);
  drawn.pair.predicted = bytesOf(data.weights);
  place.querySelector("h1").textContent = data.name;
  drawn.look(...drawn.looked());
});

const follow = () => {
  document.documentElement.dataset.theme = /vscode-(dark|high-contrast(?!-light))/.test(
    document.body.className,
  )
    ? "dark"
    : "light";
  if (drawn?.looked()) drawn.look(...drawn.looked());
};
new MutationObserver(follow).observe(document.body, {
  attributes: true,
  attributeFilter: ["class"],
});
follow();
editor.postMessage({ text: text.value });
