"""Sources that grow where checking could take more than its share: each as large as is asked."""

from collections.abc import Callable
from itertools import count, takewhile


def _repeated(size: int, line: Callable[[int], str], head: str = "", tail: str = "") -> str:
    """Lines by number between a head and a tail, up to a size in characters."""
    left = size - len(head) - len(tail)
    lines = list[str]()
    for number in count():
        lines.append(line(number))
        left -= len(lines[-1])
        if left < 0:
            return head + "".join(lines[:-1]) + tail
    raise AssertionError


def doubling_sets(size: int) -> str:
    """Each set is the last one twice."""
    uses = "def f(q, k):\n    return k.text in S3\n"
    return _repeated(size, lambda i: f"S{i + 1} = S{i} | S{i}\n", 'S0 = {"a", "b"}\n', uses)


def chained_sets(size: int) -> str:
    """Each set is the last one and a new word: honest, and as many items as the square."""
    return _repeated(size, lambda i: f'S{i + 1} = S{i} | {{"w{i}"}}\n', 'S0 = {"a", "b"}\n')


def used_sets(size: int) -> str:
    """One large set, tested by many programs."""
    words = ", ".join(f'"w{i}"' for i in range(min(size // 64, 250)))
    broken = words.replace(", ", ",\n    ")
    head = f"S = {{\n    {broken}\n}}\n"
    return _repeated(size, lambda i: f"def f{i}(q, k):\n    return k.text in S\n", head)


def doubling_helpers(size: int) -> str:
    """Each helper calls the last one twice, at most 60 in a row."""

    def line(i: int) -> str:
        inner = f"h{i - 1}(p, x)" if i % 60 else "x"
        return f"def h{i}(p, x):\n    return {inner} * {inner} + {inner}\n"

    last = size // 60
    tail = "".join(f"def f{i}(q, k):\n    return h{i}(q, k.len)\n" for i in range(4, last, 60))
    return _repeated(size, line, "", tail[: size // 4].rpartition("def")[0])


def parting_helpers(size: int) -> str:
    """Each helper calls the last one with two different arguments."""

    def line(i: int) -> str:
        inner = f"h{i - 1}" if i % 60 else "abs"
        other = f"{inner}(p, 2 * x) + {inner}(p, x + 1)" if i % 60 else "x + p.len"
        return f"def h{i}(p, x):\n    return {other}\n"

    return _repeated(size, line, "", "def f(q, k):\n    return h12(q, k.len)\n")


def small_programs_on_helpers(size: int) -> str:
    """Many short programs, each of which calls for a lot."""
    tests = " or ".join(f"p.i == {i} + x" for i in range(40))
    helper = f"def h(p, x):\n    return {tests}\n"
    return _repeated(size, lambda i: f"def f{i}(q, k):\n    return h(k, {i})\n", helper)


def choices(size: int) -> str:
    """Locals that each `if` changes, and programs of them."""

    def program(i: int) -> str:
        steps = "".join(
            f"    if k.len == {j} or w > {j}:\n        w, v = w * 2, v + w\n".replace(
                "w, v = w * 2, v + w", f"w = v + w * {j}\n        v = w - v"
            )
            for j in range(1, 41)
        )
        return f"def f{i}(q, k):\n    w = k.i\n    v = q.i\n{steps}    return w + v\n"

    return _repeated(size, program)


def conditions(size: int) -> str:
    """One definition of alternating `and` and `or`, as large as one may be, and the next."""

    def program(i: int) -> str:
        tests = " or\n            ".join(
            f"(k.len > {j} and (q.len < {j} or k.i == {j} and not q.i != {j}))" for j in range(40)
        )
        return f"def f{i}(q, k):\n    return ({tests})\n"

    return _repeated(max(size, 5000), program)


def products(size: int) -> str:
    """Products of sums of products."""

    def program(i: int) -> str:
        inner = "k.len"
        for j in range(1, 20):
            inner = f"({inner} + q.len * {j}) * 2 - k.i"
        lines = "".join(f"    w = (w + k.len) * (w - q.len) / {j}\n" for j in range(2, 60))
        return f"def f{i}(q, k):\n    w = {inner}\n{lines}    return clip(w, 0, 1)\n"

    return _repeated(max(size, 5000), program)


def comprehensions(size: int) -> str:
    """Aggregates in aggregates, many of them."""

    def program(i: int) -> str:
        inner = "any(u.i == t.i for u in before(t) if u.len > {0})"
        lines = "".join(
            f"    w += count(t for t in before(q) if {inner.format(j)})\n" for j in range(1, 12)
        )
        return f"def f{i}(q, k):\n    w = 0\n{lines}    return w\n"

    return _repeated(size, program)


def warnings(size: int) -> str:
    """Tests that are always true, each told."""
    return _repeated(
        size,
        lambda i: f"def f{i}(q, k):\n    return k.i > -{i + 2} or q.i < -3 or k.lower == 'A'\n",
    )


def unknown_names(size: int) -> str:
    """Errors everywhere: attributes, functions and names that don't exist."""
    return _repeated(
        size, lambda i: f"def f{i}(q, k):\n    return q.x{i} + g{i}(k) + f{i}x * z{i}\n"
    )


def syntax_errors(size: int) -> str:
    return _repeated(size, lambda i: f"def f{i}(q, k):\n    return ) {i}\n")


def comments(size: int) -> str:
    """Remarks before, in and behind a program."""
    tail = "def f(q, k):\n    # inside\n    return k.i  # behind\n"
    return _repeated(size, lambda i: f"# {i}\n", "", tail)


def comments_in_a_call(size: int) -> str:
    """Remarks between the arguments of one call."""
    lines = takewhile(lambda i: i * 40 < min(size, 16_000), count())
    inner = "".join(f"        # remark {i}\n        k.i + {i},\n" for i in lines)
    return f"def f(q, k):\n    return max(\n{inner}    )\n"


def names_in_one_place(size: int) -> str:
    """The same position named all over one definition."""
    return _repeated(
        size,
        lambda i: (
            f"def f{i}(q, k):\n    return (\n        0"
            + "\n        + k.i + k.i + k.i + k.i + k.i" * 200
            + "\n    )\n"
        ),
    )


BOMBS: tuple[Callable[[int], str], ...] = (
    doubling_sets, chained_sets, used_sets, doubling_helpers, parting_helpers,
    small_programs_on_helpers, choices, conditions, products, comprehensions, warnings,
    unknown_names, syntax_errors, comments, comments_in_a_call, names_in_one_place,
)  # fmt: skip
