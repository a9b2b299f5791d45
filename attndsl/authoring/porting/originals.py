"""The process that runs original programs: no network, limits of time and memory, a line a program.

Started by `against`. It is told the file, the texts as pieces with their words, and which programs
to run; the functions that published files leave out or align wrongly are ours: one word a piece,
the language's similarity.
"""

import ast
import builtins
import json
import os
import signal
import sys
import types
from typing import Any

import numpy as np

LINE = 10_000_000  # letters of an answer at most


class TooLong(Exception):
    """A program's seconds are over."""


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    answers, sys.stdout = sys.stdout, sys.stderr  # what a program prints is no answer
    parses = parsed(asked["texts"])
    limit_memory(asked["megabytes"])
    signal.signal(signal.SIGVTALRM, _over)
    shut_in()
    codes = compiled(ast.parse(asked["source"]))
    for name, number in asked["programs"]:
        answer = [one(codes, name, number, *text, asked["seconds"])
                  for text in zip(asked["texts"], parses, strict=True)]  # fmt: skip
        line = json.dumps({"name": name, "number": number, "found": answer})
        answers.write((line if len(line) < LINE else json.dumps({"fault": "too long"})) + "\n")
        answers.flush()


def limit_memory(megabytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    limit = held + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file is written


REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn",
           "os.spawn", "os.kill", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link",
           "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.putenv", "shutil.", "ctypes.",
           "signal.", "urllib.", "ftplib.", "smtplib.", "webbrowser.", "pty.")  # fmt: skip
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def shut_in() -> None:
    """Nothing outside is reached from here on: a hook that Python asks, and that can't be taken
    off; and a network of its own, where the system gives one."""
    import ctypes

    ctypes.CDLL(None).unshare(0x40000000 | 0x10000000)  # a new network, as a new user

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED) or (event == "open" and int(given[2] or 0) & WRITES):
            raise PermissionError(f"an original may not: {event}")

    sys.addaudithook(hook)


def _over(number: int, frame: object) -> None:
    raise TooLong


def parsed(texts: list[dict[str, Any]]) -> list[Any]:
    """The parser's documents of texts, those that the language's values are from."""
    if any(text["model"] is None for text in texts):
        return [None] * len(texts)
    import spacy

    parser = spacy.load(texts[0]["model"])
    return [parser(text["text"]) for text in texts]


Codes = list[tuple[str, types.CodeType]]


def compiled(tree: ast.Module) -> Codes:
    """The file's functions, each compiled once: every program and text makes them anew."""
    codes: Codes = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for given in (*node.args.args, *node.args.kwonlyargs):
                given.annotation = None
            codes.append((node.name, compile(ast.Module([node], []), "original", "exec")))
    return codes


def one(
    codes: Codes, name: str, number: int, text: dict[str, Any], doc: Any, seconds: float
) -> Any:
    """The matrix of a program on a text, or what it failed with."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        function = functions(codes, text, doc)[name, number]
        matrix = np.asarray(function(text["text"], Tokenizer(text["tokens"]))[-1], dtype=float)
        size = len(text["tokens"])
        if matrix.shape != (size, size):
            return f"its matrix is {matrix.shape}, not {(size, size)}"
        return np.nan_to_num(matrix).tolist()
    except TooLong:
        return f"over {seconds:g} seconds"
    except BaseException as fault:  # whatever a program raises is an answer
        return f"{type(fault).__name__}: {fault}"[:200]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Encoding(dict[str, Any]):
    """What a tokenizer's call gives, by name and as attributes."""

    __getattr__ = dict.__getitem__


class Tokenizer:
    """A tokenizer for one text: its pieces as the file's programs ask for them."""

    def __init__(self, tokens: list[str]) -> None:
        self.pieces = tokens
        self.all_special_tokens: list[str] = []

    def __call__(self, text: object, **named: object) -> Encoding:
        ids = np.arange(len(self.pieces))
        held = ids[None] if named.get("return_tensors") or isinstance(text, list) else ids
        return Encoding(input_ids=held, attention_mask=np.ones_like(held))

    def convert_ids_to_tokens(self, ids: Any) -> list[str]:
        return [self.pieces[int(i)] for i in np.asarray(ids).ravel()]

    def tokenize(self, text: object, **named: object) -> list[str]:
        return list(self.pieces)

    def encode(self, text: object, **named: object) -> list[int]:
        return list(range(len(self.pieces)))


def functions(codes: Codes, text: dict[str, Any], doc: Any) -> dict[tuple[str, int], Any]:
    """The file's functions in a namespace with ours for those that it shares."""
    space: dict[str, Any] = {"__builtins__": builtins, "np": np, "numpy": np}
    space |= {"Tuple": tuple, "Optional": Any, "Callable": Any, "PreTrainedTokenizerBase": object}
    space |= {"math": __import__("math"), "re": __import__("re"), "List": list, "Dict": dict}
    by_name, seen = {}, dict[str, int]()
    ours = shared(text, doc)
    for name, code in codes:
        exec(code, space)  # what this process is for
        seen[name] = seen.get(name, 0) + 1
        by_name[name, seen[name]] = space[name]
        space |= {word: ours[word] for word in (name,) if word in ours}
    space.update(ours)
    return by_name


def shared(text: dict[str, Any], doc: Any) -> dict[str, Any]:
    """The functions that published files share, by the language's own values."""
    tokens, words, likeness = text["tokens"], text["words"], np.asarray(text["similarity"])
    place = {token: i for i, token in reversed(list(enumerate(tokens)))}

    def parse(*given: object) -> Any:
        if doc is None:
            raise RuntimeError("needs spaCy and its English model")
        return doc

    def align(*given: object) -> list[list[int]]:
        return [[word] if word >= 0 else [] for word in words]

    def align_back(*given: object) -> dict[int, list[int]]:
        count = len(parse())
        return {word: [i for i, own in enumerate(words) if own == word] for word in range(count)}

    def similar(*given: Any) -> float:
        a, b = given[-2:]
        a, b = (one if isinstance(one, int) else place[one] for one in (a, b))
        return float(likeness[a, b])

    def stochastic(matrix: Any) -> Any:
        held = np.clip(matrix, 0, None)
        sums = held.sum(axis=1, keepdims=True)
        return held / np.where(sums == 0, 1.0, sums)

    nlp = types.SimpleNamespace
    return {
        "spacy_parse": parse, "nlp": parse, "_get_nlp": lambda: parse, "_align_to_spacy": align,
        "align_spacy_to_tokens": align_back, "apply_causal_mask": np.tril,
        "make_row_stochastic": stochastic, "spacy": nlp(load=lambda *given, **named: parse),
        **dict.fromkeys(text["similar"], similar),
    }  # fmt: skip


if __name__ == "__main__":
    main()
