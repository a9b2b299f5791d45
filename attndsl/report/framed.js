// In a widget's frame: the notebook says which head and text to show, and is told what is looked at.

function tellNotebook(told) {
  if (window.parent !== window) window.parent.postMessage({ attndsl: told }, "*");
}

addEventListener("message", (event) => {
  const asked = event.source === window.parent && event.data?.attndsl;
  if (!asked || window.parent === window) return;
  const text = Number(asked.text);
  const another = asked.text !== null && text !== looking.text && report.texts[text];
  if (another) looking.text = looking.chosen = text;
  if (/^\d+\.\d+$/.test(asked.head)) {
    const address = `#/head/${asked.head}`;
    if (location.hash !== address) location.hash = address;
    else if (another) show(false);
  }
});
