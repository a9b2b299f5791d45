"""What goes over the wire: the bodies of the two APIs, the forms of a grammar, what comes back."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.settings import Endpoint

Body = dict[str, Any]
TOOL = "write_program"
ABOUT = "Write one attention program. The input is the program's source code."
LETTERS = 3.2  # of a token, where the server doesn't say
SAID = 300  # characters of a server's message that are told


class WrongShape(Exception):
    """A body that isn't a reply in OpenAI's shape."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said; `finish` is stop, length, refusal, oversized or what the server says."""

    text: str
    sent: int
    received: int
    finish: str
    bare: bool = False  # code alone, held to the grammar
    counted: bool = True  # by the server; else estimated from letters

    def as_json(self) -> Body:
        return {
            "text": self.text, "sent": self.sent, "received": self.received,
            "finish": self.finish, "bare": self.bare, "counted": self.counted,
        }  # fmt: skip

    @classmethod
    def from_json(cls, fields: Body) -> "Reply":
        return cls(**{name: fields[name] for name in cls.__slots__})


def estimated(letters: int) -> int:
    """Tokens that so many characters make, about."""
    return round(letters / LETTERS)


def chat_body(endpoint: Endpoint, message: Message, grammar: tuple[str, str] | None) -> Body:
    body: Body = {
        "model": endpoint.model,
        "messages": [
            {"role": "system", "content": message.system},
            {"role": "user", "content": message.user},
        ],
        "max_tokens": endpoint.answer_tokens,
    }
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    return body | (CHAT_FORMS[grammar[0]](grammar[1]) if grammar else {})


def responses_body(endpoint: Endpoint, message: Message, grammar: tuple[str, str] | None) -> Body:
    body: Body = {
        "model": endpoint.model,
        "instructions": message.system,
        "input": message.user,
        "max_output_tokens": endpoint.answer_tokens,
        "store": False,
    }
    if endpoint.temperature is not None:
        body["temperature"] = endpoint.temperature
    if grammar:
        form = {"type": "grammar", "syntax": "lark", "definition": grammar[1]}
        tool = {"type": "custom", "name": TOOL, "description": ABOUT, "format": form}
        body |= {"tools": [tool], "tool_choice": {"type": "custom", "name": TOOL}}
    return body


def _openai(grammar: str) -> Body:
    form = {"type": "grammar", "grammar": {"syntax": "lark", "definition": grammar}}
    custom = {"name": TOOL, "description": ABOUT, "format": form}
    return {
        "tools": [{"type": "custom", "custom": custom}],
        "tool_choice": {"type": "custom", "custom": {"name": TOOL}},
    }


# How each kind of server takes a grammar; the names are those of `--llm-grammar`.
CHAT_FORMS: dict[str, Callable[[str], Body]] = {
    "openai": _openai,
    "vllm": lambda grammar: {"extra_body": {"structured_outputs": {"grammar": grammar}}},
    "sglang": lambda grammar: {"extra_body": {"ebnf": _llguidance(grammar)}},
    "llamacpp": lambda grammar: {"extra_body": {"grammar": _llguidance(grammar)}},
}


def _llguidance(grammar: str) -> str:
    return grammar if grammar.startswith("%llguidance") else "%llguidance {}\n" + grammar


def read_reply(raw: bytes, asked: Message, bare: bool) -> Reply:
    """A body of either API; bytes that aren't UTF-8 become replacement signs.

    >>> body = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}
    >>> read_reply(json.dumps(body).encode(), Message("", "say hi"), False).text
    'hi'
    """
    try:
        body = json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise WrongShape("no JSON") from None
    if not isinstance(body, dict):
        raise WrongShape("JSON, but no object")
    try:
        if isinstance(body.get("choices"), list):
            text, finish, tool = _chat(body)
        elif isinstance(body.get("output"), list):
            text, finish, tool = _responses(body)
        else:
            raise WrongShape(_instead(body))
    except (KeyError, TypeError, AttributeError, IndexError):
        raise WrongShape("choices of another shape") from None
    usage = body.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    sent = _count(usage, "prompt_tokens", "input_tokens")
    received = _count(usage, "completion_tokens", "output_tokens")
    counted = sent is not None and received is not None
    return Reply(
        _after_thoughts(text.encode("utf-8", "replace").decode()),  # JSON can hold half a letter
        sent if sent is not None else estimated(asked.letters),
        received if received is not None else estimated(len(text)),
        finish,
        bare or tool,
        counted,
    )


def _instead(body: Body) -> str:
    """What stands in a body that is no reply; some servers tell an error with status 200.

    >>> _instead({"error": {"message": "no such model"}})
    'an object without choices or output; it says: no such model'
    """
    fault = body.get("error")
    said = fault.get("message") if isinstance(fault, dict) else fault
    told = f"; it says: {one_line(said)}" if isinstance(said, str) else ""
    return f"an object without choices or output{told}"


def one_line(said: str) -> str:
    """A server's own words, as far as they are worth telling."""
    plain = "".join(one if one.isprintable() else " " for one in said[: 4 * SAID])
    return " ".join(plain.split())[:SAID]


def _count(usage: Body, *names: str) -> int | None:
    count = next((usage[name] for name in names if name in usage), None)
    return count if isinstance(count, int) and count >= 0 else None


def _chat(body: Body) -> tuple[str, str, bool]:
    """Text, how it ended, and whether it came through the tool."""
    if not body["choices"]:
        return "", "empty", False
    choice = body["choices"][0]
    message = choice["message"]
    finish = str(choice.get("finish_reason") or "stop")
    if message.get("refusal") or finish == "content_filter":
        return str(message.get("refusal") or ""), "refusal", False
    for call in message.get("tool_calls") or ():
        if call.get("type") == "custom":
            return str(call["custom"]["input"]), "length" if finish == "length" else "stop", True
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content)
    if not content and finish != "length":  # cut: all its tokens went into thoughts
        finish = "empty"
    return str(content or ""), finish, False


def _responses(body: Body) -> tuple[str, str, bool]:
    cut = body.get("status") == "incomplete"
    texts: list[str] = []
    for item in body["output"]:
        if item.get("type") == "custom_tool_call":
            return str(item["input"]), "length" if cut else "stop", True
        for part in item.get("content") or ():
            if part.get("type") == "refusal":
                return str(part.get("refusal") or ""), "refusal", False
            if part.get("type") == "output_text":
                texts.append(str(part.get("text") or ""))
    text = "".join(texts)
    return text, "length" if cut else "stop" if text else "empty", False


def _after_thoughts(text: str) -> str:
    """Without what a model thinks aloud before it answers; thoughts that were cut hold no answer.

    >>> _after_thoughts("<think>so</think>yes"), _after_thoughts("<think>so")
    ('yes', '')
    """
    rest = re.split(r"</think(?:ing)?>", text)[-1]
    return "" if re.match(r"\s*<think(?:ing)?>", rest) else rest
