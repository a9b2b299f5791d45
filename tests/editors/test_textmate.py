"""Colours and snippets of editors: every name of the language has one, every snippet checks."""

import re

import pytest

from attndsl.authoring.textmate import grammar, snippets
from attndsl.graph.verify import verify
from attndsl.language import shipped
from attndsl.language import vocabulary as table

RULES = next(iter(grammar()["injections"].values()))["patterns"]


def colour(line: str, word: str) -> str:
    """The first rule that takes the word in this line."""
    for rule in RULES:
        # Python's engine wants one width behind; these stand for the same.
        for found in re.finditer(rule["match"], line):
            if found[0].strip().lstrip("@").strip() == word:
                return str(rule["name"])
    return ""


@pytest.mark.parametrize("name", [n for n, e in table.ATTRIBUTES.items() if not e.hidden])
def test_an_attribute_is_coloured_behind_a_dot_alone(name: str) -> None:
    assert colour(f"    return k.{name}", name) == "variable.other.property.attndsl"
    assert "property" not in colour(f"    {name} = 1", name)


@pytest.mark.parametrize("name", [*table.CALLABLES, *shipped.mechanisms()])
def test_what_can_be_called_is_coloured_where_it_is(name: str) -> None:
    assert colour(f"    return {name}(q, k)", name).startswith("support.")
    assert not colour(f"def {name}(q, k):", name).startswith("support.")


def test_queries_and_keys_are_coloured() -> None:
    assert colour("    return k == q.prev", "q").startswith("variable.language")
    assert colour("    return x.q", "q") == ""


@pytest.mark.parametrize("name", shipped.mechanisms())
def test_a_snippet_is_a_definition_that_checks(name: str) -> None:
    body = "\n".join(snippets()[name]["body"]).replace("\\$", "$").replace("\\\\", "\\")
    verified = verify(body + "\n")
    assert not verified.errors
    assert re.search(rf"^def {name}\(", body, re.MULTILINE)
