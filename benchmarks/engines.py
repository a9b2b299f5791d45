"""How fast programs become matrices: library and torch engines beside their rivals.

`python -m benchmarks.engines [--json FILE]`. 1,000 programs (600 from mutating examples, 400
random) over 100 texts of 20 to 64 tokens, from source text to packed matrices.
"""

import itertools
import random
import re
import sys
import time
from collections.abc import Sequence
from statistics import median

import numpy as np

from attndsl.engines.batch import Library
from attndsl.engines.batch.machine.opcodes import NUMBER
from attndsl.engines.batch.planning.plan import Pass
from attndsl.engines.batch.running.layout import CellLayout
from attndsl.engines.batch.running.passes import Data, run_machine
from attndsl.engines.reference import pattern
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.texts import builtin_texts
from attndsl.tokens.tokenizer import encode, from_ids
from benchmarks import published_style
from benchmarks.measure import Figures, finish, json_file, machine, paired, seconds
from tests.programs.generator import random_source

PROGRAMS, TEXTS = 1000, 100
# For the torch figure: distinct, at least five with an aggregate.
DISTINCT = (
    "first_token", "first_then_recent", "previous_token", "fast_decay", "inverse_distance",
    "start_of_line", "same_token", "last_same_token", "induction", "first_mention",
    "punctuation_marks", "last_sentence_end", "last_pause", "sentence_start", "own_clause",
    "content_words",
)  # fmt: skip


def main() -> None:
    file = json_file("Speed of the engines.")
    print(machine())
    figures: Figures = {}
    texts = some_texts(TEXTS)
    from_source_to_matrices(figures, texts)
    beside_the_reference(figures, texts)
    beside_the_published_style(figures)
    torch_beside_attention(figures)
    finish("engines", figures, NOTES, file)


NOTES = {
    "seconds_1000x100": "source text to packed matrices, Numba cache warm",
    "engine_seconds_1000x100": "of that, planning and running",
    "ops_per_second_core": "instructions over pairs x cells, one thread, the same job warm",
    "sharing_factor": "terms of all programs apart over distinct terms",
    "speedup_over_reference": "60 programs x 20 texts",
    "reference_over_numpy": "the reference's time over one bare NumPy call a term",
    "speedup_over_published_style": "20 examples, texts of 64 tokens, all threads",
    "published_style_ms": "a program and 64-token text",
    "torch_over_sdpa": "16 programs over one attention layer, batch 8 x 512 tokens, CPU",
    "library_over_sdpa": "the batch engine for the same",
}


# --- programs and texts ------------------------------------------------------------------------


def some_texts(count: int) -> list[Encoded]:
    """Built-in texts, cut to 20 to 64 tokens at places that the seed chooses."""
    rng = random.Random(1)
    whole = [encode(text.text) for text in builtin_texts()]
    texts: list[Encoded] = []
    while len(texts) < count:
        text = rng.choice(whole)
        length = rng.randint(20, 64)
        if text.n >= length:
            start = rng.randint(0, text.n - length)
            texts.append(from_ids(text.table, text.ids[start : start + length]))
    return texts


def example_sources() -> dict[str, str]:
    """Every example file that needs no parse."""
    files = sorted(asset("examples").glob("*.attn"))
    return {f.stem: f.read_text() for f in files if f.stem != "syntax"}


def sources(count: int) -> list[str]:
    """Files of programs: mutated examples first, then random ones; `count` programs in all."""
    rng = random.Random(0)
    examples = list(example_sources().values())
    found: list[str] = []
    made = 0
    while made < 0.6 * count:
        text = re.sub(r"(?<![\w.])0\.\d+", lambda _: f"{rng.random():.3f}", rng.choice(examples))
        found.append(text)
        made += len(re.findall(r"^def \w+\(q, k\)", text, flags=re.MULTILINE))
    seed = 0
    while made < count:
        text = random_source(seed)
        seed += 1
        passed = len(verify(text).programs)
        if passed:
            found.append(text)
            made += passed
    return found


def checked(files: Sequence[str], count: int) -> list[Program]:
    return [program for text in files for program in verify(text).programs][:count]


# --- figures -----------------------------------------------------------------------------------


def from_source_to_matrices(figures: Figures, texts: Sequence[Encoded]) -> None:
    files = sources(PROGRAMS)
    Library(checked(files[:1], 3)).patterns(texts[:2])  # loads the compiled machine from its cache
    start = time.perf_counter()
    programs = checked(files, PROGRAMS)
    front = time.perf_counter() - start
    start = time.perf_counter()
    library = Library(programs, memory_mb=2000)
    planned = time.perf_counter() - start
    library.patterns(texts)
    engine = time.perf_counter() - start
    figures["seconds_1000x100"] = front + engine
    figures["engine_seconds_1000x100"] = engine
    figures["sharing_factor"] = library.sharing
    figures["ops_per_second_core"] = operations_per_second(library, texts)
    print(f"{len(programs)} programs: front end {front:.2f} s, planning {planned:.2f} s, "
          f"running {engine - planned:.2f} s, {library.plan.terms:,} distinct terms")  # fmt: skip


def operations_per_second(library: Library, texts: Sequence[Encoded]) -> float:
    """Instructions over pairs of positions times the cells they ran on, a second, one thread.

    The machine counts them as it runs: loads and stores too, a loop's body at each position. The
    time is that of the whole run, so columns, layouts and Python are paid for. The run is warm:
    the memory is that of the run before.
    """
    import numba

    counted: list[int] = []

    def counting(step: Pass, layout: CellLayout, data: Data) -> int:
        done = run_machine(step, layout, data)
        counted.append(0 if step.area == "line" else done)
        return done

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        library.runner = counting
        library.patterns(texts)
        library.runner = run_machine
        return sum(counted) / seconds(lambda: library.patterns(texts), 5)
    finally:
        numba.set_num_threads(threads)


def beside_the_reference(figures: Figures, texts: Sequence[Encoded]) -> None:
    programs = checked(sources(60), 60)
    few = list(texts[:20])
    library = Library(programs)
    library.patterns(few)

    def slow() -> None:
        for program in programs:
            for text in few:
                pattern(program, text)

    pairs = [(seconds(slow, 1), seconds(lambda: library.patterns(few), 1)) for _ in range(3)]
    figures["speedup_over_reference"] = median(a / b for a, b in pairs)
    terms = sum(len(p.graph.reachable([p.canonical])) for p in programs) * len(few)
    size = int(np.mean([text.n for text in few]))
    one, other = np.random.rand(size, size), np.random.rand(size, size)
    bare = seconds(lambda: [np.add(one, other) for _ in range(10_000)]) / 10_000
    figures["reference_over_numpy"] = min(a for a, _ in pairs) / (terms * bare)


def beside_the_published_style(figures: Figures) -> None:
    """Each side as it is used: there a function and a text at a time, here all at once."""
    texts = texts_of(64, TEXTS)
    few = texts[::10]
    prepared = [prepare(text) for text in few]
    names = [function.__name__ for function in published_style.PROGRAMS]
    every = {p.name: p for p in checked(list(example_sources().values()), PROGRAMS)}
    library = Library([every[name] for name in names])
    found = library.patterns(few)
    low = np.tril_indices(64)
    for place, function in enumerate(published_style.PROGRAMS):
        for sentence, ours in zip(prepared, found, strict=True):
            apart = np.abs(function(sentence)[low] - ours[place]).max()
            if apart > 1e-6:
                print(f"note: {function.__name__} in the published style differs by {apart:.2g}")

    def loops() -> None:
        for function in published_style.PROGRAMS:
            for sentence in prepared:
                function(sentence)

    def at_once() -> None:
        library.patterns(texts)  # not kept, so the next run has its memory, as in scoring

    both = paired(at_once, loops, pairs=5, times=10)
    figures["speedup_over_published_style"] = both.ratio * len(texts) / len(few)
    figures["published_style_ms"] = 1000 * both.theirs / (len(names) * len(few))
    each = both.ours / (len(names) * len(texts))
    print(f"published style: {figures['published_style_ms']:.3f} ms a program and text of 64 "
          f"tokens; library engine {1000 * each:.5f} ms")  # fmt: skip


def texts_of(length: int, count: int) -> list[Encoded]:
    """That many pieces of the built-in texts, of this length."""
    pieces = []
    for text in (encode(text.text) for text in builtin_texts()):
        for start in range(0, text.n - length, 7):
            pieces.append(from_ids(text.table, text.ids[start : start + length]))
    return random.Random(2).sample(pieces, count)


def prepare(text: Encoded) -> published_style.Sentence:
    strings = text.table.pool.strings

    def flags(name: str) -> list[bool]:
        return [bool(x) for x in text.column(name)]

    def numbers(name: str) -> list[int]:
        return [int(x) for x in text.column(name)]

    def words(name: str) -> list[str]:
        return [strings[code] for code in text.column(name)]

    columns = (
        words("usual_pos"), numbers("line"), numbers("sentence"), flags("starts_line"),
        flags("is_first_of_sentence"), flags("is_punct"), flags("is_pause"),
        flags("is_sentence_end"), flags("is_quote"), flags("is_content_word"), flags("is_title"),
        flags("is_pronoun"),
    )  # fmt: skip
    parsed = [published_style.Word(*word) for word in zip(*columns, strict=True)]
    return published_style.Sentence([" " + token for token in words("text")], parsed)


def loops(program: Program) -> bool:
    """Whether it goes through positions for each cell."""
    passes = [step for step in Library([program]).plan.steps if isinstance(step, Pass)]
    return any(
        step.area != "line" and (step.code[:, 0] == NUMBER["loop_begin"]).any() for step in passes
    )


def with_a_loop() -> Program:
    """The first random program that goes through positions for each of its cells."""
    return next(
        program
        for seed in itertools.count()
        for program in verify(random_source(seed)).programs
        if loops(program)
    )


def torch_beside_attention(figures: Figures) -> None:
    try:
        import torch
    except ImportError:
        print("torch is not installed: its figures are left out", file=sys.stderr)
        return
    from attndsl.engines.torch import TorchPrograms

    every = {p.name: p for p in checked(list(example_sources().values()), PROGRAMS)}
    programs = [every[name] for name in DISTINCT]
    text = encode(" ".join(t.text for t in builtin_texts()))
    texts = [from_ids(text.table, text.ids[i * 64 : i * 64 + 512]) for i in range(8)]
    ids = torch.from_numpy(np.stack([t.ids for t in texts]))
    hidden = torch.randn(8, 512, 1024)
    weights = torch.randn(4, 1024, 1024) / 32

    def layer() -> None:
        q, k, v = ((hidden @ w).view(8, 512, 16, 64).transpose(1, 2) for w in weights[:3])
        found = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        _ = found.transpose(1, 2).reshape(8, 512, 1024) @ weights[3]

    module = TorchPrograms(programs, text.table, dtype=torch.float32)
    library = Library(programs, memory_mb=4000)
    with torch.no_grad():
        times = {
            "torch": seconds(lambda: module(ids)),
            "library": seconds(lambda: library.patterns(texts)),
            "sdpa": seconds(layer),
        }
    print("16 programs, batch 8 x 512: " + ", ".join(f"{k} {v:.3f} s" for k, v in times.items()))
    figures["torch_over_sdpa"] = times["torch"] / times["sdpa"]
    figures["library_over_sdpa"] = times["library"] / times["sdpa"]


if __name__ == "__main__":
    main()
