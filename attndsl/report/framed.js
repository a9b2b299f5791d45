// In a widget's frame: the notebook says which head and text to show, and is told what is looked at.

function tellNotebook(told) {
  if (window.parent !== window) window.parent.postMessage({ attndsl: told }, "*");
}

addEventListener("message", (event) => {
  const asked = event.source === window.parent && event.data?.attndsl;
  if (!asked || window.parent === window) return;
  const text = Number(asked.text);
  if (asked.text !== null && report.texts[text]) looking.text = looking.chosen = text;
  if (/^\d+\.\d+$/.test(asked.head)) {
    const address = `#/head/${asked.head}`;
    if (location.hash === address) show(false);
    else location.hash = address;
  }
});
