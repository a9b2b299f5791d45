"""Shipped mechanisms: every file can call them, its own names hide them and touch none of them."""

import pytest

from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.shipped import FILE, MARK, definitions, described, mechanisms
from attndsl.language.vocabulary import CALLABLES

SOURCE = asset(FILE).read_text("utf-8")
MEANS_OTHERWISE = "def last(t):\n    return 0.5\n\n\nrate = 3\nwidth = 2\n\n\n"


def test_the_file_is_clean_by_itself() -> None:
    assert verify(SOURCE, FILE).diagnostics == ()


def test_no_mechanism_has_the_name_of_a_built_in() -> None:
    assert not set(mechanisms()) & set(CALLABLES)


def test_a_call_is_the_mechanism_as_written() -> None:
    written = {program.name: program for program in verify(SOURCE, FILE).programs}
    names = [name for name, parameters in mechanisms().items() if parameters == ("q", "k")]
    assert names
    called = "\n\n\n".join(f"def f_{name}(q, k):\n    return {name}(q, k)" for name in names)
    found = verify(called + "\n")
    assert not found.diagnostics
    for program in found.programs:
        assert program.hash == written[program.name.removeprefix("f_")].hash
        assert program.needs == written[program.name.removeprefix("f_")].needs


@pytest.mark.parametrize("name", ["last_noun", "near(q, k, 0.8)", "within(q, k, 3)"])
def test_names_of_the_calling_file_change_nothing(name: str) -> None:
    call = name if "(" in name else f"{name}(q, k)"
    body = f"def f(q, k):\n    return {call}\n"
    (alone,) = verify(body).programs
    found = verify(MEANS_OTHERWISE + body)
    assert [one.severity for one in found.diagnostics] == ["warning"] * 3  # nothing is used
    (program,) = [one for one in found.programs if one.name == "f"]
    assert program.hash == alone.hash


def test_a_slip_in_a_call_is_told_at_the_call() -> None:
    (found,) = verify("def f(q, k):\n    return 0.5 * near(q, k, q)\n").diagnostics
    assert (found.code, found.span.line, found.span.column) == ("ATT054", 2, 18)
    assert "near(q, k, rate)" in found.hint


def test_a_slip_in_a_name_leads_to_the_mechanism() -> None:
    (found,) = verify("def f(q, k):\n    return inductoin(q, k)\n").diagnostics
    assert (found.code, found.hint) == ("ATT041", "did you mean `induction`?")


def test_only_what_is_called_is_read() -> None:
    assert list(definitions("sink")) == ["sink"]
    assert set(definitions("nearby")) == {"nearby", "near"}
    assert MARK.strip() != MARK  # no name of a file can begin so
    assert all(described(name) for name in mechanisms())
