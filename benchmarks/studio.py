"""From a key to the map, in the studio's page in a Chromium; used by `benchmarks.authoring`."""

import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.report.browser import Browser, chromium

KEYS, WARM = 60, 8
PROGRAM = "def tried(q, k):\nreturn 0.61 * sink(q, k) + 0.39 * fading(q, k, 0.8"
NOTES = {
    "studio_ms": "95th percentile, a key to the maps drawn anew, in Chromium; at most 200",
    "studio_ms_median": "",
}
# A key sets the clock; the maps' labels are written as they are drawn.
CLOCK = """(() => {
  window.lags = []; let since = null;
  document.addEventListener("keydown", () => { since = performance.now(); }, true);
  new MutationObserver(() => {
    if (since === null) return;
    const start = since; since = null;
    requestAnimationFrame(() => window.lags.push(performance.now() - start));
  }).observe(document.getElementById("maps"),
             {subtree: true, attributes: true, attributeFilter: ["aria-label"]});
})()"""


def key_to_map(run: str, model: str | None) -> dict[str, float]:
    """Digits typed into a program, each of which makes another program."""
    if chromium() is None:
        raise SystemExit("studio_ms needs a Chromium; CHROMIUM names it")
    words = [sys.executable, "-m", "attndsl", "studio", run, "--port", "0"]
    words += ["--model", model] if model else []
    said = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=said) as studio:
        assert studio.stdout is not None
        address = next(line.strip() for line in studio.stdout if "token=" in line)
        with tempfile.TemporaryDirectory() as folder:
            browser = Browser.start(Path(folder))
            try:
                times = sorted(typed(browser, address))
            finally:
                browser.close()
                studio.terminate()
    return {
        "studio_ms": times[int(0.95 * len(times))],
        "studio_ms_median": statistics.median(times),
    }


def typed(browser: Browser, address: str) -> list[float]:
    browser.visit(address)
    browser.until("document.querySelectorAll('.row-table tbody tr').length > 0", 120)
    browser.click(".cm-content")
    browser.key("a", 65, control=True)
    browser.type(PROGRAM)
    browser.until("document.getElementById('state').textContent.startsWith('tried')", 60)
    browser.evaluate(CLOCK)
    draw, count = random.Random(5), 0
    for number in range(KEYS + WARM):
        if number % 2 == 0 and number:  # back to two digits, so that numbers stay numbers
            for _ in range(2):
                browser.key("Backspace", 8)
                count += 1
                browser.until(f"window.lags.length >= {count}")
        digit = draw.choice("123456789")
        browser.key(digit, ord(digit), digit)
        count += 1
        browser.until(f"window.lags.length >= {count}")
    lags = browser.evaluate("window.lags")
    keys = [lag for at, lag in enumerate(lags) if at % 4 < 2]  # not those that take digits away
    return list(map(float, keys[WARM:]))
