// A head on the texts of its page: what only such pages need, unpacked where the first is opened.

let details = null;

// After it every head has its ladder, strongest queries, runners-up, constant pattern and own texts.
const filled = () => (details ??= unpackedDetails());

async function unpackedDetails() {
  const block = document.getElementById("details").textContent;
  const told = JSON.parse(new TextDecoder().decode(await inflated(block)));
  const passages = new Map(told.passages.map((one) => [one.number, one]));
  told.heads.forEach((detail, number) => {
    for (const rung of detail.ladder?.rungs ?? []) rung.source = told.sources[rung.source];
    for (const one of detail.own?.maps ?? []) one.passage = passages.get(one.text);
    Object.assign(report.heads[number], detail);
  });
}

// Of a text, of a probe text, whose numbers go on where those of texts end, or of one of the head's
// own, whose numbers go on there.
async function pairOf(head, text, constant = true) {
  const entry = report.heads[head],
    own = text - shownTexts.length;
  if (constant || own >= 0) await filled();
  const { tokens, resting } = own < 0 ? shownTexts[text] : entry.own.maps[own].passage;
  const maps = own < 0 ? await sharedMaps(entry, head, text) : await ownMaps(head, own);
  return {
    tokens,
    resting,
    real: maps.real,
    predicted: maps.predicted,
    constant:
      constant && entry.constant ? constantCells(entry.constant, resting, tokens.length) : null,
  };
}

async function sharedMaps(entry, head, text) {
  const maps = await mapsOf(text);
  return { real: maps.real(head), predicted: maps.predicted(entry.map) };
}

// A head's maps on its own text of that place: of each the real one, then the predicted one.
const unpackedOwn = new Map();

async function ownMaps(number, place) {
  if (!unpackedOwn.has(number))
    unpackedOwn.set(number, inflated(document.getElementById(`own-${number}`).textContent));
  const cells = await unpackedOwn.get(number);
  const sizes = report.heads[number].own.maps.map(({ passage }) => cellsOn(passage));
  const start = sizes.slice(0, place).reduce((sum, size) => sum + 2 * size, 0);
  const map = (at) => cells.subarray(start + at * sizes[place], start + (at + 1) * sizes[place]);
  return { real: map(0), predicted: map(1) };
}

const cellsOn = ({ tokens }) => rowOf(tokens.length, tokens.length).start;

// The texts of a head's page: those of all heads, then its own, whose numbers go on after probe texts.
function textsOf(head) {
  const shared = report.texts.map((passage, at) => ({
    at,
    name: `${at + 1}`,
    label: `Text ${at + 1}`,
    passage,
    iou: head.per_text[at],
    decile: head.deciles[at],
    activity: head.activity[at],
  }));
  const own = (head.own?.maps ?? []).map(({ text, passage, iou, decile, activity }, place) => {
    const name = rolesOf(head, text).join(", ");
    const label = `${name[0].toUpperCase()}${name.slice(1)}`;
    return {
      at: shownTexts.length + place,
      name,
      label,
      passage,
      iou,
      decile,
      activity,
    };
  });
  return [...shared, ...own];
}

const rolesOf = (head, number) =>
  [
    number === head.own?.most_wrong ? "most wrong" : null,
    number === head.own?.most_active ? "most active" : null,
  ].filter(Boolean);

// What a text shows of the head, in words; the two that are told of are chosen of longer ones.
function remarkOn(head, { passage, decile, activity }) {
  if (!head.own)
    return "This run was made before heads had texts of their own: the one on which this program is most wrong, and the one where this head does most, are missing.";
  const place = (number, end) =>
    number === 1 ? `${end} tenth` : `tenth ${number} of 10, 1 the ${end}`;
  const said = {
    "most wrong": `on which this program is most wrong (${place(decile, "worst")})`,
    "most active": `where this head does most (${place(activity, "top")})`,
  };
  const roles = rolesOf(head, passage.number).map((role) => `the one ${said[role]}`);
  return roles.length
    ? `Of the longer held-out texts ${roles.join(", and ")}.`
    : `One of the ${count(report.texts.length, "text")} that the pages of all heads show.`;
}
