"""The examples as first candidates, and numbers that polishing writes."""

from attndsl.graph.verify import verify
from attndsl.synthesis.polish import written
from attndsl.synthesis.seeds import seeds


def test_the_examples_are_seeds() -> None:
    found = seeds()
    assert len(found) > 40
    programs = [verify(one.source).programs for one in found]
    assert all(len(own) == 1 for own in programs)
    assert all(own[0].docstring for own in programs)


def test_polished_numbers_replace_literals_outside_docstrings() -> None:
    head = 'def f(q, k):\n    """Fades\n    by 0.8.\n    """\n'
    source = f"{head}    return 0.8 ** (q.i - k.i) + 2 * k.i\n"
    assert written(source, {0.8: 0.7251, 2.0: 5.0}, 2) == source.replace("0.8 **", "0.73 **")
