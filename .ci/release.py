"""Is this checkout ready to be released? A line for each thing that a release owes.

The exit status is 1 if one of them is missing.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"^## \[(\S+)\](?: - (\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def version() -> str:
    source = (ROOT / "attndsl/__init__.py").read_text(encoding="utf-8")
    return re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)[0]


def released_version() -> str | None:
    """Only whole versions are released: 0.2.0, never 0.2.0.dev0."""
    return None if re.fullmatch(r"\d+\.\d+\.\d+", version()) else f"the version is {version()}"


def section_of_the_changelog() -> str | None:
    sections = SECTION.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    named = [(name, day) for name, day in sections if name.lower() != "unreleased"]
    if not named or named[0][0] != version():
        return f"CHANGELOG.md begins with {named[0][0] if named else 'nothing'}, not {version()}"
    if not named[0][1] or date.fromisoformat(named[0][1]) > date.today():
        return f"CHANGELOG.md gives {version()} the day {named[0][1] or '(none)'}"
    return None


def nothing_uncommitted() -> str | None:
    left = git("status", "--porcelain")
    return f"not committed: {', '.join(left.split()[1::2])}" if left else None


def a_new_tag() -> str | None:
    return f"v{version()} is tagged already" if git("tag", "--list", f"v{version()}") else None


def figures_of_this_code() -> str | None:
    """RESULTS.md was written after the last change of the canonical form's version."""
    rules = git("log", "-1", "--format=%ct", "--", "attndsl/graph/rules/__init__.py")
    figures = git("log", "-1", "--format=%ct", "--", "benchmarks/RESULTS.md")
    older = int(figures) < int(rules)
    return "benchmarks/RESULTS.md is older than the canonical form's rules" if older else None


CHECKS: dict[str, Callable[[], str | None]] = {
    "a whole version": released_version,
    "a dated section of the changelog": section_of_the_changelog,
    "everything is committed": nothing_uncommitted,
    "a tag that is free": a_new_tag,
    "figures of this code": figures_of_this_code,
}


def main() -> None:
    missing = 0
    for name, check in CHECKS.items():
        fault = check()
        missing += fault is not None
        print(f"{'no ' if fault else 'yes'}  {name}{f': {fault}' if fault else ''}")
    if missing:
        print(f"{missing} of {len(CHECKS)} missing")
    else:
        print(f"next: .ci/run, then git tag v{version()}")
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
