"""Local files of questions: which there are, that every line can be scored one way only, and how
lm-eval is told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attndsl.language.diagnostics import AttndslError

# The six sets of the published work, by lm-eval's names.
SETS = {"six": ("sciq", "hellaswag", "piqa", "arc_easy", "social_iqa", "copa")}


def named_tasks(words: str) -> tuple[str, ...]:
    """Tasks parted by commas; a folder stands for its .jsonl files, `six` for the six sets.

    >>> named_tasks("six,wsc")
    ('sciq', 'hellaswag', 'piqa', 'arc_easy', 'social_iqa', 'copa', 'wsc')
    """
    names: list[str] = []
    for word in filter(None, (part.strip() for part in words.split(","))):
        if Path(word).is_dir():
            files = sorted(str(path) for path in Path(word).glob("*.jsonl"))
            if not files:
                raise AttndslError(f"{word} holds no .jsonl files of questions")
            names += files
        else:
            names += SETS.get(word, (word,))
    if not names:
        raise AttndslError("there is no task: name one of lm-eval, a .jsonl file, or a folder")
    return tuple(dict.fromkeys(names))


def check_questions(path: Path) -> int:
    """Every line must be a question that can be scored; the first that can't is named. Gives how
    many there are."""
    form, count = form_of(path), 0
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            if fault := form.fault_of(line):
                raise AttndslError(f"{path}, line {number}: {fault}")
            count += 1
    if not count:
        raise AttndslError(f"{path} holds no questions")
    return count


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise AttndslError(f"{path} can't be read: {error}") from None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of local questions: what keeps a line from being one, what lm-eval is told of it."""

    fault_of: Callable[[str], str]
    told: dict[str, Any]


def form_of(path: Path) -> Form:
    """Texts alone ask for their last words, as LAMBADA does; anything else has choices."""
    first = next((line for line in _lines(path) if line.strip()), "")
    try:
        asked: Any = json.loads(first)
    except (ValueError, RecursionError):
        asked = None
    return LAST_WORD if isinstance(asked, dict) and asked.keys() & {"text", "query"} == {
        "text"
    } else CHOICES  # fmt: skip


def description(path: Path, name: str) -> dict[str, Any]:
    """A local file as lm-eval's task of that name."""
    form = form_of(path)
    return {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"validation": str(path.resolve())}},
        "validation_split": "validation",
        **form.told,
    }


def fault_of_text(line: str) -> str:
    """What keeps a line from asking for its last word.

    >>> fault_of_text('{"text": "He sat on the chair"}'), fault_of_text('{"text": "chair"}')[:21]
    ('', 'a text that asks for ')
    """
    shape = 'a text that asks for its last word is {"text": two words or more, the last not blank}'
    try:
        text: Any = json.loads(line)["text"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return shape
    if not isinstance(text, str):
        return shape
    before, _, last = text.rpartition(" ")
    return "" if before.strip() and last.strip() == last != "" else shape


def fault_of(line: str) -> str:
    """What keeps a line from being a question with one right answer; empty where nothing does.

    >>> fault_of('{"query": "a", "choices": ["b", "b", "c"], "gold": 0}')
    "the right choice 'b' is there twice, so the question has two right answers"
    """
    shape = (
        'a question is {"query": text, "choices": [texts], "gold": number of the right choice '
        "from 0}"
    )
    try:
        asked: Any = json.loads(line)
        query, choices = asked["query"], asked["choices"]
        good = isinstance(query, str) and isinstance(choices, list) and len(choices) > 1
        good = good and all(isinstance(choice, str) for choice in choices)
    except (ValueError, KeyError, TypeError, RecursionError):
        return shape
    if not good:
        return shape
    if "" in choices:
        return "a choice without a letter has no score by its length"
    if "gold" not in asked or asked["gold"] is None:
        return "the question says of no choice that it is right; " + shape
    gold = asked["gold"]
    if isinstance(gold, list):
        return f"the question has {len(gold)} right answers; only questions with one are scored"
    if type(gold) is not int:
        return shape
    if not 0 <= gold < len(choices):
        return (
            f"the right choice is number {gold}, but the {len(choices)} choices are numbered from "
            "0; " + shape
        )
    if choices.count(choices[gold]) > 1:
        return (
            f"the right choice {choices[gold]!r} is there twice, so the question has two right "
            "answers"
        )
    return ""


def _measured_by(*metrics: str) -> list[dict[str, Any]]:
    return [{"metric": one, "aggregation": "mean", "higher_is_better": True} for one in metrics]


CHOICES = Form(
    fault_of,
    {
        "output_type": "multiple_choice",
        "doc_to_text": "query",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "metric_list": _measured_by("acc", "acc_norm"),
    },
)
LAST_WORD = Form(
    fault_of_text,
    {
        "output_type": "loglikelihood",
        "doc_to_text": "{{text.rsplit(' ', 1)[0]}}",
        "doc_to_target": "{{' ' + text.rsplit(' ', 1)[1]}}",
        "metric_list": _measured_by("acc"),
    },
)
