"""Plain files with named holes: `{{name}}` is filled, and nothing is left over on either side."""

import re

from attndsl.language.assets import asset

HOLE = re.compile(r"\{\{([a-z_]+)\}\}")


def holes(text: str) -> frozenset[str]:
    """The names of a template's holes.

    >>> sorted(holes("{{head}} of {{model}}, the set {1, 2}"))
    ['head', 'model']
    """
    return frozenset(HOLE.findall(text))


def filled(text: str, values: dict[str, str], name: str = "the template") -> str:
    """The text with each hole filled. What is filled in is not looked at for holes.

    >>> filled("Dear {{who}},", {"who": "{{reader}}"})
    'Dear {{reader}},'
    """
    wanted = holes(text)
    if missing := sorted(wanted - values.keys()):
        raise ValueError(f"{name} has a hole without a value: {missing[0]}")
    if unknown := sorted(values.keys() - wanted):
        raise ValueError(f"{name} has no hole named {unknown[0]}")
    return HOLE.sub(lambda found: values[found[1]], text)


def prompt(name: str, **values: str) -> str:
    """The file `prompts/NAME.md`, filled."""
    text = asset(f"prompts/{name}.md").read_text(encoding="utf-8")
    return filled(text, values, f"prompts/{name}.md")
