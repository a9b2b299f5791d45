"""A Python file: its functions of a sentence and a tokenizer, and their helpers."""

import ast
import builtins
import re
from dataclasses import dataclass

from attndsl.language.diagnostics import AttndslError

LARGEST = 4_000_000  # bytes of a file: the published ones have up to 2 million
NAMED = ("make_row_stochastic", "apply_causal_mask", "spacy_parse", "_align_to_spacy",
         "align_spacy_to_tokens", "_get_nlp", "_char_sim", "embedding_similarity")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Original:
    """A program of a Python file; `number` tells functions of one name apart."""

    name: str
    number: int
    node: ast.FunctionDef

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def causal(self) -> bool:
        """Whether it masks what comes after the query."""
        return any(
            isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in MASKS
            for node in ast.walk(self.node)
        )


MASKS = ("apply_causal_mask", "tril")


@dataclass(frozen=True, slots=True)
class Published:
    """A Python file: its programs, and the functions beside them that they may call."""

    file: str
    programs: tuple[Original, ...]
    helpers: dict[str, ast.FunctionDef]
    names: frozenset[str] = frozenset()  # all that the file has; empty where it can't be told


def read_module(source: bytes, file: str) -> Published:
    """Read a file's syntax tree; nothing of it is run."""
    if len(source) > LARGEST:
        raise AttndslError(f"{file}: over {LARGEST:,} bytes, the most that is read of a file")
    try:
        tree = ast.parse(source, file)
    except SyntaxError as fault:
        where = f"{file}, line {fault.lineno}" if fault.lineno else file
        raise AttndslError(f"{where}: no Python: {fault.msg}") from None
    except ValueError as fault:  # so some Pythons say of null bytes what others call a SyntaxError
        raise AttndslError(f"{file}: no Python: {fault}") from None
    except (RecursionError, MemoryError) as fault:
        raise AttndslError(f"{file}: can't be read as Python: {fault}") from None
    programs, helpers, seen = [], {}, dict[str, int]()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        if is_program(node):
            seen[node.name] = seen.get(node.name, 0) + 1
            programs.append(Original(node.name, seen[node.name], node))
        elif node.name not in NAMED:
            helpers[node.name] = node
    if not programs:
        raise AttndslError(
            f"{file}: no function of a sentence and a tokenizer that returns a matrix; "
            "the form is def f(sentence, tokenizer): ... return name, matrix"
        )
    return Published(file, tuple(programs), helpers, _names(tree))


def _names(tree: ast.Module) -> frozenset[str]:
    """Every name that stands for something anywhere in a file, Python's own included."""
    known = {*dir(builtins), *NAMED}
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            if node.name == "*":
                return frozenset()
            known.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            known.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.add(node.id)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
    return frozenset(known)


def is_program(node: ast.FunctionDef) -> bool:
    """f(sentence, tokenizer) -> (name, matrix): two parameters, of which it uses one, and a return.

    Published files also hold helpers under this signature that use neither.
    """
    names = [given.arg for given in node.args.args]
    if len(names) != 2 or names[0] not in ("sentence", "text") or "tok" not in names[1]:
        return False
    if names[1] == "tokens":  # a helper of such files
        return False
    inside = [inner for statement in node.body for inner in ast.walk(statement)]
    uses = any(isinstance(inner, ast.Name) and inner.id in names for inner in inside)
    return uses and any(isinstance(inner, ast.Return) for inner in inside)


def program_name(original: Original, taken: set[str]) -> str:
    """A name of the language's for a program: lower case, not private, each once.

    >>> program_name(Original("prog_L0H1", 1, None), {"prog_l0h1"})
    'prog_l0h1_2'
    """
    base = re.sub(r"\W", "_", original.name).strip("_").lower()[:56] or "program"
    base = base if base[0].isalpha() else f"program_{base}"
    word, number = base, 1
    while word in taken:
        number += 1
        word = f"{base}_{number}"
    taken.add(word)
    return word
