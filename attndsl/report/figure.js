// The text with its edges; and a head's maps as a picture to keep.

const EDGE = 0.03; // weights below this are not drawn
const EDGES = 8;

function tokenStrip(pair, choose) {
  const lines = svg("svg", { class: "edges", "aria-hidden": "true" });
  const buttons = pair.tokens.map((token, query) =>
    el(
      "button",
      {
        type: "button",
        tabindex: "-1",
        class: "token",
        title: `token ${query}`,
        "aria-pressed": "false",
        onmouseenter: () => choose(query),
        onfocus: () => choose(query),
        onclick: () => choose(query),
      },
      token,
    ),
  );
  const node = el(
    "div",
    {
      class: "tokens",
      role: "toolbar",
      "aria-label": "Tokens of the text; arrow keys choose the query",
      onkeydown: (event) => {
        const step = {
          ArrowLeft: -1,
          ArrowRight: 1,
          Home: -buttons.length,
          End: buttons.length,
        }[event.key];
        if (!step) return;
        const at = buttons.indexOf(document.activeElement) + step;
        buttons[Math.min(buttons.length - 1, Math.max(0, at))].focus();
        event.preventDefault();
      },
    },
    lines,
    buttons,
  );
  const key = el(
    "p",
    { class: "legend" },
    "From the query to its keys:",
    pair.real ? el("span", {}, swatch("var(--real)"), "real") : null,
    el("span", {}, swatch("var(--predicted)"), "predicted"),
    `Shading is the ${pair.real ? "real" : "predicted"} weight. Point at a token to make it the query.`,
  );

  // A token is touched only where what is shown of it changes: there may be hundreds.
  const shown = buttons.map(() => "");
  let chosen = null;
  function show(query) {
    buttons.forEach((button, i) => {
      const weight = weightAt(pair.real ?? pair.predicted, query, i, buttons.length);
      const share = weight === null ? null : Math.round(64 * Math.sqrt(weight)) / 64;
      const said =
        weight === null
          ? ", hidden from the query"
          : `:${pair.real ? ` real ${fixed(weight, 2)},` : ""} predicted ${fixed(weightAt(pair.predicted, query, i, buttons.length), 2)}`;
      const state = `${share} ${said} ${isDark()}`;
      if (shown[i] === state) return;
      shown[i] = state;
      button.style.background = share === null ? "" : colour("weight", share);
      button.style.color = share === null ? "" : inkOn("weight", share);
      button.classList.toggle("hidden-key", share === null);
      button.setAttribute("aria-label", spoken(pair, i) + said);
    });
    if (chosen !== null) choice(buttons[chosen], false);
    choice(buttons[query], true);
    chosen = query;
    drawEdges(lines, node, buttons, pair, query);
  }
  function choice(button, yes) {
    button.classList.toggle("query", yes);
    button.setAttribute("aria-pressed", String(yes));
    button.tabIndex = yes ? 0 : -1;
  }
  return { node: el("div", {}, key, node), show };
}

function drawEdges(lines, node, buttons, pair, query) {
  const box = node.getBoundingClientRect();
  lines.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const middle = (button) => {
    const at = button.getBoundingClientRect();
    return {
      x: at.left - box.left + at.width / 2,
      top: at.top - box.top,
      bottom: at.bottom - box.top,
    };
  };
  const from = middle(buttons[query]);
  const drawn = [];
  for (const [side, map] of [
    ["real", pair.real],
    ["predicted", pair.predicted],
  ]) {
    const keys = buttons.map((_, key) => [weightAt(map, query, key, buttons.length) ?? 0, key]);
    keys.sort((a, b) => b[0] - a[0]);
    for (const [weight, key] of keys.slice(0, EDGES)) {
      if (weight < EDGE) break;
      drawn.push(edge(from, middle(buttons[key]), weight, side));
    }
  }
  lines.replaceChildren(...drawn);
}

// In the query's own line real edges go above the tokens, predicted ones below; those to another
// line go through the space between the lines, so that they cross no token of the next one.
function edge(from, to, weight, side) {
  const up = side === "real";
  const aside = up ? -3 : 3;
  const other = to.top < from.top - 4 ? "above" : to.top > from.top + 4 ? "below" : null;
  const path = other ? betweenLines(from, to, aside, other) : inLine(from, to, up);
  return svg("path", {
    class: `edge ${side}`,
    d: path,
    "stroke-width": 1 + 4 * weight,
    "stroke-opacity": 0.35 + 0.65 * weight,
  });
}

function betweenLines(from, to, aside, other) {
  const [start, end] = other === "above" ? [from.top, to.bottom] : [from.bottom, to.top];
  const middle = (start + end) / 2;
  return `M${from.x + aside} ${start} C${from.x + aside} ${middle} ${to.x + aside} ${middle} ${to.x + aside} ${end}`;
}

function inLine(from, to, up) {
  const y = (place) => (up ? place.top : place.bottom);
  const bend = (up ? -1 : 1) * Math.min(15, 5 + Math.abs(from.x - to.x) / 16);
  const [start, end] = from.x === to.x ? [from.x + 7, to.x - 7] : [from.x, to.x];
  return `M${start} ${y(from)} C${start} ${y(from) + bend} ${end} ${y(to) + bend} ${end} ${y(to)}`;
}

const figureName = (head, text, ending) =>
  `${head.name}-text-${text}.${ending}`.replace(/\W+(?=.*\.)/g, "-");

const figureTitle = (head, name) =>
  ({
    real: `Head ${head.name}, real`,
    predicted: `Predicted by ${report.programs[head.program].name}`,
  })[name] ?? KINDS[name].title;

function savePng(head, pair, text) {
  const size = 512,
    gap = 24,
    top = 56;
  const kinds = kindsOf(pair);
  const whole = el("canvas", {
    width: kinds.length * size + (kinds.length + 1) * gap,
    height: size + top + gap,
  });
  const pen = whole.getContext("2d");
  pen.fillStyle = isDark() ? "#14171c" : "#ffffff";
  pen.fillRect(0, 0, whole.width, whole.height);
  pen.imageSmoothingEnabled = false;
  kinds.forEach((name, i) => {
    const part = el("canvas");
    drawMap(part, pair, KINDS[name]);
    pen.fillStyle = isDark() ? "#e6e9ee" : "#1b222d";
    pen.font = "18px system-ui, sans-serif";
    pen.fillText(figureTitle(head, name), gap + i * (size + gap), top - 16, size);
    pen.drawImage(part, gap + i * (size + gap), top, size, size);
  });
  whole.toBlob((blob) => save(blob, figureName(head, text, "png")), "image/png");
}

// With the tokens beside: queries at the left, keys above each map.
function saveSvg(head, pair, name) {
  const cell = 9,
    length = pair.tokens.length,
    wide = length * cell,
    gap = 24;
  const labels = 10 + 5 * Math.min(14, Math.max(...pair.tokens.map((token) => token.length)));
  const top = labels + 30,
    left = labels + gap;
  const ink = isDark() ? "#e6e9ee" : "#1b222d";
  const short = (token) => (token.length > 14 ? `${token.slice(0, 13)}…` : token);
  const small = { "font-size": 8, "font-family": "monospace" };
  const kinds = kindsOf(pair);
  const width = left + kinds.length * (wide + gap),
    height = wide + top + gap;
  const whole = svg(
    "svg",
    {
      xmlns: SVG,
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      "font-family": "sans-serif",
      "font-size": 13,
      fill: ink,
    },
    svg("title", {}, `${head.name}: ${report.programs[head.program].name}`),
    svg("rect", { width, height, fill: isDark() ? "#14171c" : "#ffffff" }),
    pair.tokens.map((token, query) =>
      svg(
        "text",
        {
          ...small,
          x: left - 5,
          y: top + query * cell + 7,
          "text-anchor": "end",
        },
        short(token),
      ),
    ),
  );
  kinds.forEach((name, i) => {
    const part = svg(
      "g",
      { transform: `translate(${left + i * (wide + gap)} ${top})` },
      svg("text", { y: -labels - 8 }, figureTitle(head, name)),
      pair.tokens.map((token, key) =>
        svg(
          "text",
          {
            ...small,
            transform: `translate(${key * cell + 7} -4) rotate(-90)`,
          },
          short(token),
        ),
      ),
    );
    eachCell(pair, KINDS[name], (query, key, value) =>
      part.append(
        svg("rect", {
          x: key * cell,
          y: query * cell,
          width: cell,
          height: cell,
          fill: colourOf(KINDS[name], value),
        }),
      ),
    );
    whole.append(part);
  });
  const text = new XMLSerializer().serializeToString(whole);
  save(new Blob([text], { type: "image/svg+xml" }), figureName(head, name, "svg"));
}
