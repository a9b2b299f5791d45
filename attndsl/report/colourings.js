// What the grid of heads can be coloured by, and the families of programs with their colours.

// Dark enough for white figures on them.
const FAMILY_COLOURS = [
  "#5d6b80",
  "#2468b0",
  "#7650b8",
  "#b03a80",
  "#157a6c",
  "#a85c0c",
  "#4a7f26",
  "#a83832",
  "#7d6a0a",
  "#4160c4",
  "#6d5b4c",
];
// In the order of how many heads they have.
const families = (() => {
  const uses = new Map();
  for (const { family, heads } of report.programs)
    uses.set(family, (uses.get(family) || 0) + heads.length);
  return [...uses].sort((one, other) => other[1] - one[1]);
})();
const familiesInUse = families.filter(([, uses]) => uses);
const familyOf = (head) => report.programs[head.program].family;
const familyColour = (family) =>
  FAMILY_COLOURS[families.findIndex(([name]) => name === family) % FAMILY_COLOURS.length];
const measuredEffects = heads.some((head) => head.effect !== null);

// How far a head's effect is from none, -1 to 1: the largest of the model is at the end.
const farthest = Math.max(
  ...heads.map((head) => Math.abs(Math.log(head.effect ?? 1))),
  Math.log(1.01),
);
const effectShare = (effect) => Math.log(effect) / farthest;
const effectName = `${report.effect_of} with this head alone replaced`;
// A ratio as it is said of a perplexity; for other measures it is 1 more than they are.
const effectText = (ratio) =>
  report.effect_of === "perplexity"
    ? change(ratio)
    : fixed(ratio - 1, Math.exp(farthest) < 1.02 ? 4 : 3);

// Content IoU is the leading figure; where a head has too little content for it, that is said.
const withContent = heads.some((head) => head.content_iou);
const share2 = (value) => fixed(value, 2).replace(/^0/, "");
const COLOURINGS = {
  content: {
    label: "Content IoU",
    fill: (head) => (head.content_iou ? colour("fit", head.content_iou.mean) : "transparent"),
    ink: (head) => (head.content_iou ? inkOn("fit", head.content_iou.mean) : "inherit"),
    text: (head) => (head.content_iou ? share2(head.content_iou.mean) : "–"),
  },
  fit: {
    label: "IoU",
    fill: (head) => colour("fit", head.iou.mean),
    ink: (head) => inkOn("fit", head.iou.mean),
    text: (head) => share2(head.iou.mean),
  },
  family: {
    label: "Family of program",
    fill: (head) => familyColour(familyOf(head)),
    ink: () => "#ffffff",
    text: (head) => share2(head.iou.mean),
  },
  effect: {
    label: `Effect on ${report.effect_of}`,
    fill: (head) => (head.effect === null ? "transparent" : signed(effectShare(head.effect))),
    ink: (head) =>
      head.effect === null
        ? "inherit"
        : inkOn(head.effect > 1 ? "more" : "less", Math.abs(effectShare(head.effect))),
    text: (head) => (head.effect === null ? "–" : effectText(head.effect)),
  },
};
let colouring = withContent ? "content" : "fit";
