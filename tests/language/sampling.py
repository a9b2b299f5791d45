"""Programs drawn token by token under a grammar's mask: from random numbers, or from a model."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from attndsl.language.vocabulary import CALLABLES

Scores = Callable[[list[int]], np.ndarray]  # of the next token, behind the tokens so far
GROW, LIMIT = 70, 500  # tokens until a program is led to its end, and until it is given up
JOINING = (
    "and", "or", "for", "in", "not", "if", "else", "elif", "is",
    "+", "-", "*", "/", "%", "**", "//", ",",
)  # fmt: skip


class Sampler:
    """Draws programs. Leanings end names and lines, put `if` into `if`, and later close all."""

    def __init__(self, tokenizer: Any) -> None:
        from llguidance.hf import from_tokenizer

        self.model_tokenizer = tokenizer
        self.tokenizer = from_tokenizer(tokenizer)
        self.end = self.tokenizer.eos_token
        self.texts = [self.tokenizer.decode_str([n]) for n in range(self.tokenizer.vocab_size)]
        self.matcher: Any = None

        def where(test: Callable[[str], bool]) -> np.ndarray:
            return np.array([test(text) for text in self.texts], dtype=float)

        breaks = where(lambda text: "\n" in text)
        margin = where(lambda text: len(text) - len(text.lstrip(" \n")))
        opens = where(lambda text: any(c in text for c in "([{"))
        closes = where(lambda text: text[:1] in (")", "}", '"') or ":" in text)
        leaves = where(lambda text: not text[:1].isalnum() and text[:1] != "_")
        joins = where(lambda text: text.strip() in JOINING or "=" in text)
        returns = where(lambda text: text.strip() == "return")
        plain = where(lambda text: text.strip() in ("q", "k", "0", "1", "5"))
        texts = where(lambda text: '"' in text or "#" in text)
        known = where(lambda text: text.strip() in {*CALLABLES, "k", "q", "not"})
        self.choice = where(lambda text: text.strip() == "if")
        self.starting = 10.0 * returns - 10.0 * texts
        self.inside = 10.0 * leaves + 4.0 * closes + 3.0 * breaks - 3.0 * joins
        self.closing = 9.0 * leaves + 9.0 * closes + 12.0 * breaks + 9.0 * plain + 9.0 * returns
        self.closing -= 0.5 * margin + 20.0 * opens + 12.0 * joins
        self.rich = self.inside + 8.0 * known
        self.inside[self.end], self.closing[self.end] = 2.0, 60.0

    def use(self, grammar: str) -> None:
        """Draw from this grammar from now on."""
        from llguidance import LLMatcher

        self.matcher = LLMatcher(self.tokenizer, grammar)
        assert not self.matcher.is_error(), self.matcher.get_error()
        assert not self.matcher.get_grammar_warnings()

    def accepts(self, text: str) -> bool:
        """Whether the whole text is a program of the grammar."""
        self.matcher.reset()
        ids = self.tokenizer.tokenize_str(text)
        taken = self.matcher.try_consume_tokens(ids)
        return bool(taken == len(ids) and self.matcher.is_accepting())

    def programs(self, count: int, seed: int) -> Iterator[str]:
        """Complete programs from random logits; what is cut off is no program and isn't given."""
        rng = np.random.default_rng(seed)
        given = 0
        while given < count:
            program = self.draw(rng)
            if program is not None:
                given += 1
                yield program

    def draw(
        self, rng: np.random.Generator, scores: Scores | None = None, grow: int = GROW
    ) -> str | None:
        """A program; None where it isn't complete after LIMIT tokens."""
        self.matcher.reset()
        ids: list[int] = []
        text = ""
        inside = self.rich if rng.random() < 0.4 else self.inside  # calls, or deep blocks
        for step in range(LIMIT):
            mask = np.frombuffer(self.matcher.compute_bitmask(), dtype=np.uint8)
            allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: len(self.texts)])
            chances = rng.gumbel(size=len(allowed))
            if scores is not None:
                chances += scores(ids)[allowed]
            if step >= grow:
                chances += self.closing[allowed]
            elif scores is None:
                chances += self._leaning(text, inside, rng)[allowed]
            token = int(allowed[chances.argmax()])
            if token != self.end:
                assert self.matcher.consume_token(token), self.matcher.get_error()
                ids.append(token)
                text += self.texts[token]
            if token == self.end or self.matcher.is_stopped():
                return str(self.tokenizer.decode_str(ids))
        return None

    def _leaning(self, text: str, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        line = text[text.rfind("\n") + 1 :]
        if line.strip():
            return inside
        if not line:
            return inside + self.starting
        return self.starting + (18.0 if rng.random() < 0.8 else -3.0) * self.choice


def from_model(sampler: Sampler, count: int) -> Iterator[str]:
    """Complete programs by SmolLM2 itself, shown one; led to their end when they get long."""
    import torch

    from attndsl.models import load

    model = load("smollm2").model
    shown = "def quotes(q, k):\n    if k.is_quote:\n        return 1.0\n    return 0.0\n\n\n"
    ids = sampler.model_tokenizer(
        "Three programs for attention heads, in Python.\n\n\n" + shown, return_tensors="pt"
    ).input_ids
    with torch.no_grad():
        start = model(ids, use_cache=True)
    rng = np.random.default_rng(20)
    given = 0
    while given < count:
        state = {"logits": start.logits[0, -1], "cache": _copied(start.past_key_values)}

        def scores(done: list[int], state: dict[str, Any] = state) -> np.ndarray:
            if done:
                with torch.no_grad():
                    found = model(
                        torch.tensor([done[-1:]]), past_key_values=state["cache"], use_cache=True
                    )
                state["logits"] = found.logits[0, -1]
            return state["logits"].float().numpy() / 0.9

        program = sampler.draw(rng, scores, grow=60)
        if program is not None:
            given += 1
            yield program


def _copied(cache: Any) -> Any:
    from copy import deepcopy

    return deepcopy(cache)


def depth_of(program: str) -> int:
    """How deep `if` stands in `if`, an `elif` being part of its `if`.

    >>> depth_of("if a:\\n    if b:\\n        c\\nelif d:\\n    e\\n")
    2
    """

    def depth(statements: list[ast.stmt]) -> int:
        found = 0
        for one in statements:
            if isinstance(one, ast.FunctionDef):
                found = max(found, depth(one.body))
            if isinstance(one, ast.If):
                chained = len(one.orelse) == 1 and isinstance(one.orelse[0], ast.If)
                behind = depth(one.orelse) + (0 if chained else 1) if one.orelse else 0
                found = max(found, 1 + depth(one.body), behind)
        return found

    return depth(ast.parse(program).body)
