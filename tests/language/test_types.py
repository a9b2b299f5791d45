"""What the checks of names and types say, and what they find out."""

import re
from pathlib import Path

import pytest

from attndsl.language.diagnostics import Diagnostic
from attndsl.language.inference.names import nodes_of
from attndsl.language.nodes import Call, Expression, Type, TypedModule
from attndsl.language.parser import parse
from attndsl.language.types import infer
from attndsl.language.vocabulary import CALLABLES, METHODS
from tests.language.codes import CODES

FIXTURES = Path(__file__).parent.parent / "fixtures" / "types"
BUILT_IN = {*CALLABLES, *METHODS}
EXPECTED = re.compile(r'### "(.*)"\s*$')


def checked(source: str) -> tuple[TypedModule, tuple[Diagnostic, ...]]:
    module, problems = parse(source)
    assert problems == ()
    return infer(module)


def told(note: Diagnostic) -> str:
    return f"{note.severity} {note.code}: {note.message} ({note.hint})"


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.attn")), ids=lambda path: path.stem)
def test_each_line_says_what_its_comment_expects(path: Path) -> None:
    """`### "regex"` stands on each line that has a diagnostic, ` | ` between several."""
    source = path.read_text()
    _, notes = checked(source)
    said: dict[int, list[str]] = {}
    for note in notes:
        said.setdefault(note.span.line, []).append(told(note))
    for number, line in enumerate(source.splitlines(), 1):
        expected = EXPECTED.search(line)
        patterns = expected[1].split(" | ") if expected else []
        here = said.get(number, [])
        assert len(here) == len(patterns), f"{path.name}:{number}: {here}"
        for one, pattern in zip(here, patterns, strict=True):
            assert re.search(pattern, one), f"{path.name}:{number}: {one}"


def test_every_code_of_names_and_types_has_a_fixture() -> None:
    told_codes = set(re.findall(r"ATT0[4-7]\d", "".join(p.read_text() for p in FIXTURES.iterdir())))
    assert told_codes == {code for code in CODES if "ATT040" <= code < "ATT080"} - {
        "ATT048"
    }  # limits, tested below


def test_every_expression_of_a_good_program_has_a_type() -> None:
    typed, notes = checked(
        "A = {1, 2}\n"
        "def f(q, k):\n"
        "    best = argmax(similarity(q, t) for t in before(q) if t.i not in A)\n"
        "    w = normalized(1 / (1 + q.i - k.i)) if best else 0.1 * (k == best.prev)\n"
        "    return clip(w, 0, 1)\n"
    )
    assert notes == ()
    (head,) = typed.heads
    assert all(node.type for node in nodes_of(head) if isinstance(node, Expression))


def test_heads_are_whole_wherever_they_come_from() -> None:
    """Every expression has a type and every helper that is called has an instance."""
    seen = 0
    for path in sorted(FIXTURES.parent.rglob("*.attn")):
        typed, _ = infer(parse(path.read_text())[0])
        definitions = [*typed.heads, *(one for one, _ in typed.instances.values())]
        for node in (node for one in definitions for node in nodes_of(one)):
            assert not isinstance(node, Expression) or node.type is not None
            if isinstance(node, Call) and node.function not in BUILT_IN:
                assert node.instance in typed.instances
            seen += 1
    assert seen > 300


def test_a_helper_is_typed_once_for_each_kind_of_call() -> None:
    typed, notes = checked(
        "def twice(x):\n    return x + x\n"
        "def f(q, k):\n    return twice(k.i) + twice(q.i) + twice(k.is_punct)\n"
    )
    assert notes == ()
    kinds = {types: result for (name, types), (_, result) in typed.instances.items() if name != "f"}
    assert kinds == {(Type.NUMBER,): Type.NUMBER, (Type.BOOL,): Type.NUMBER}


def test_a_file_keeps_its_good_heads_beside_bad_ones() -> None:
    typed, notes = checked(
        "def good(q, k):\n    return 1\n"
        "def _bad(t):\n    return t.nose\n"
        "def worse(q, k):\n    return _bad(k)\n"
    )
    assert [head.name for head in typed.heads] == ["good"]
    assert [note.code for note in notes] == ["ATT042"]


def test_a_call_of_a_def_with_a_syntax_error_is_no_second_error() -> None:
    module, problems = parse("def helper(t):\n    retrun 1\ndef f(q, k):\n    return helper(k)\n")
    assert len(problems) == 1
    typed, notes = infer(module)
    assert (typed.heads, notes) == ((), ())


def chain(length: int) -> str:
    """A head program that calls a chain of that many helpers."""
    helpers = [f"def h{i}(t):\n    return h{i + 1}(t.prev)\n" for i in range(length - 1)]
    last = f"def h{length - 1}(t):\n    return t.i\n"
    return "".join(helpers) + last + "def f(q, k):\n    return h0(k)\n"


def test_helpers_call_helpers_64_deep_and_no_deeper() -> None:
    assert checked(chain(64))[1] == ()
    (note,) = checked(chain(65))[1]
    assert (note.code, note.message) == ("ATT048", "helpers call helpers more than 64 deep")


def test_a_chain_of_thousands_of_helpers_takes_no_stack() -> None:
    codes = [note.code for note in checked(chain(1_500))[1]]
    assert codes == ["ATT048"]


def test_kinds_of_calls_can_not_multiply() -> None:
    """Each helper calls the next with a number and with a text more: 2 ** 12 kinds of calls."""
    count = 12
    source = ""
    for i in range(count):
        names = ", ".join(f"x{j}" for j in range(i))
        separator = ", " if i else ""
        source += f"def h{i}({names}):\n"
        if i == count - 1:
            source += "    return 1\n"
        else:
            source += (
                f"    return h{i + 1}({names}{separator}1) + h{i + 1}({names}{separator}'a')\n"
            )
    notes = checked(source + "def f(q, k):\n    return h0()\n")[1]
    assert {note.code for note in notes} == {"ATT048"}
    assert "more than 16 different kinds" in notes[0].message


def test_many_unknown_names_take_little_time() -> None:
    lines = [f"    w{i} = nowhere{i}x + k.nothing{i}" for i in range(300)]
    _, notes = checked("def f(q, k):\n" + "\n".join(lines) + "\n    return 0\n")
    assert sum(note.severity == "error" for note in notes) == 600


@pytest.mark.parametrize(
    "wrap",
    [
        "sum({} for t in before(q))",
        "abs({} + 1)",
        "(0 if {} > 0 else 1)",
        "({} * 1).nose",
        "_h({})",
    ],
)
def test_each_part_of_a_nested_expression_is_looked_at_once(wrap: str) -> None:
    """Twice a level would take 2 ** 25 looks, and hours."""
    inner = "k.i"
    for depth in range(25):
        inner = wrap.replace("t ", f"t{depth} ").replace("{}", inner)
    checked(f"def _h(x):\n    return x\n\ndef f(q, k):\n    return {inner}\n")
