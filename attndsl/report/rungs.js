// A rung of the ladder: its program, and its map beside the head's own on the first text.

let unpackedRungs = null;

// All rungs' maps, unpacked once: `size` bytes each.
async function rungMap(number) {
  unpackedRungs ??= inflated(document.getElementById("maps-rungs").textContent);
  const size = rowOf(report.texts[0].tokens.length, report.texts[0].tokens.length).start;
  return (await unpackedRungs).subarray(number * size, (number + 1) * size);
}

function rungShown(head, rung) {
  if (!rung.source) return null;
  const label = `Program of ${count(rung.parts, "part")}`;
  if (rung.map === null) return sourceBlock(rung.source, label);
  const kinds = ["real", "predicted"];
  const maps = kinds.map((kind) => el("canvas", { role: "img", "data-rung": kind }));
  const titles = ["Real, on held-out text 1", `Predicted by ${count(rung.parts, "part")}`];
  Promise.all([pairOf(report.heads.indexOf(head), 0, false), rungMap(rung.map)]).then(
    ([pair, predicted]) => {
      const own = { ...pair, predicted };
      maps.forEach((canvas, i) => {
        drawMap(canvas, own, KINDS[kinds[i]]);
        canvas.setAttribute("aria-label", inWords(head, own, kinds[i]));
      });
    },
  );
  return el(
    "div",
    { class: "rung" },
    sourceBlock(rung.source, label),
    el(
      "div",
      { class: "pair" },
      maps.map((canvas, i) => el("figure", {}, canvas, el("figcaption", {}, titles[i]))),
    ),
  );
}
