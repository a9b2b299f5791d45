"""The client against a server that behaves as real ones do."""

import json
from typing import Any

import pytest

from attndsl.synthesis.llm.client import LARGEST, Client, Hopeless, TryAgain
from attndsl.synthesis.llm.files import Message
from attndsl.synthesis.llm.settings import Endpoint
from tests.synthesis.llm.server import KEY, Answer, chat, endpoint, fault

pytest.importorskip("openai", reason="the LLM path needs the extra llm")
HELLO = Message("the language", "the task")


def asked(url: str, **changed: Any) -> Endpoint:
    return Endpoint("small", url, KEY, **{"timeout": 0.6, **changed})


def test_a_reply_comes_back_with_its_tokens() -> None:
    with endpoint(usual=chat("hi")) as server:
        reply = Client(asked(server.url, temperature=0.5)).ask(HELLO)
        path, body = server.asked[0]
    assert (reply.text, reply.sent, reply.received, reply.finish) == ("hi", 100, 20, "stop")
    assert path == "/v1/chat/completions"
    assert body["temperature"] == 0.5
    assert [part["content"] for part in body["messages"]] == ["the language", "the task"]
    assert server.keys == [f"Bearer {KEY}"]


TRY_AGAIN: dict[str, tuple[Answer, str, float | None]] = {
    "429 with Retry-After": (fault(429, "slow down", Retry_After="7"), "status 429", 7.0),
    "500": (fault(500, "oops"), "status 500", None),
    "503 of a proxy, in HTML": (Answer(b"<html>", 503), "status 503", None),
    "a time-out": (Answer(b"{}", late=1.0), "no reply in time", None),
    "dropped in mid-stream": (Answer(chat("hi" * 500).body, cut=400), "broke off", None),
    "empty choices": (Answer(b'{"choices": []}'), "an empty reply", None),
    "no content": (chat(None), "an empty reply", None),
}


@pytest.mark.parametrize("what", TRY_AGAIN)
def test_what_may_go_well_another_time(what: str) -> None:
    act, said, after = TRY_AGAIN[what]
    with endpoint(usual=act) as server, pytest.raises(TryAgain, match=said) as found:
        Client(asked(server.url)).ask(HELLO)
    assert found.value.after == after


def test_nobody_listens() -> None:
    with pytest.raises(TryAgain, match="no connection"):
        Client(asked("http://127.0.0.1:9/v1")).ask(HELLO)


HOPELESS: dict[str, tuple[Answer, str]] = {
    "wrong key": (fault(401, f"Incorrect API key provided: {KEY}"), "refuses the key"),
    "not allowed": (fault(403, f"no {KEY}"), r"doesn't allow this \(403\): no \*\*\*"),
    "unknown model": (fault(404, "The model `small` does not exist"), "has no model 'small'"),
    "no such address": (fault(404, "Not Found"), "nothing at that address"),
    "a used-up account": (fault(429, "Too much", "insufficient_quota"), "account is used up"),
    "a web page": (Answer(b"<!doctype html><p>Welcome"), "doesn't answer in OpenAI's shape"),
    "other JSON": (Answer(b'{"hello": 1}'), "an object without choices"),
    "an error with status 200": (
        Answer(b'{"error": {"message": "no such\\nmodel"}}'),
        "it says: no such model",
    ),
    "choices of numbers": (Answer(b'{"choices": [1]}'), "choices of another shape"),
    "a list": (Answer(b"[1]"), "but no object"),
    "nested without end": (Answer(b"[" * 100_000), "no JSON"),
    "a bad request": (fault(400, "context length exceeded"), "context length exceeded"),
}


@pytest.mark.parametrize("what", HOPELESS)
def test_what_never_goes_well_is_said_without_the_key(what: str) -> None:
    act, said = HOPELESS[what]
    with endpoint(usual=act) as server, pytest.raises(Hopeless, match=said) as found:
        Client(asked(server.url)).ask(HELLO)
    assert KEY not in str(found.value)


def test_odd_replies_are_read_as_far_as_they_go() -> None:
    body = chat("caf\u00e9 ok").body.replace(b"\\u00e9", b"\xe9\xff")
    parts = chat(None).body.replace(b"null", b'[{"type": "text", "text": "in parts"}]', 1)
    script = (
        Answer(body), Answer(parts), chat("<think>def</think>said"), chat("", refusal="I won't"),
        chat("cut", "length"), Answer(chat("x" * LARGEST).body), chat(None, "length"),
        chat("<think>def def", "length"), Answer(chat("half").body.replace(b"half", b"\\ud800")),
    )  # fmt: skip
    with endpoint(*script, usual=chat("")) as server:
        client = Client(asked(server.url, timeout=5.0))
        found = [client.ask(HELLO) for _ in script]
    assert [(one.text, one.finish) for one in found] == [
        ("caf\ufffd\ufffd ok", "stop"), ("in parts", "stop"), ("said", "stop"),
        ("I won't", "refusal"), ("cut", "length"), ("", "oversized"), ("", "length"),
        ("", "length"), ("?", "stop"),
    ]  # fmt: skip


def test_parameters_that_a_server_does_not_know_are_left_out() -> None:
    first = fault(400, "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'")
    second = fault(400, "Unsupported value: 'temperature'")
    with endpoint(first, second, usual=chat("hi")) as server:
        client = Client(asked(server.url, temperature=0.1))
        assert [client.ask(HELLO).text for _ in range(2)] == ["hi", "hi"]
        last = server.asked[-1][1]
    assert len(server.asked) == 4
    assert "temperature" not in last
    assert last["max_completion_tokens"] == 4000


def test_the_responses_api_and_back_to_chat_where_there_is_none() -> None:
    output = [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}]
    body = {"output": output, "usage": {"input_tokens": 5, "output_tokens": 2}}
    with endpoint(usual=Answer(json.dumps(body).encode())) as server:
        reply = Client(asked(server.url, api="responses")).ask(HELLO)
        assert server.asked[0][0] == "/v1/responses"
        assert server.asked[0][1]["instructions"] == "the language"
    assert (reply.text, reply.sent, reply.received) == ("hi", 5, 2)
    with endpoint(fault(404, "Not Found"), usual=chat("hi")) as server:
        client = Client(asked(server.url))
        client._api = "responses"
        assert client.ask(HELLO).text == "hi"
        assert [path for path, _ in server.asked] == ["/v1/responses", "/v1/chat/completions"]


FORMS = {
    "openai": lambda body: body["tools"][0]["custom"]["format"]["grammar"]["definition"],
    "vllm": lambda body: body["structured_outputs"]["grammar"],
    "sglang": lambda body: body["ebnf"],
    "llamacpp": lambda body: body["grammar"],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_grammar_is_sent_in_the_servers_form_and_left_out_where_refused(form: str) -> None:
    call = {"type": "custom", "custom": {"name": "write_program", "input": "def a"}}
    good = chat(None, tool_calls=[call]) if form == "openai" else chat("def a")
    with endpoint(good, fault(400, "grammar too complex"), usual=chat("plain")) as server:
        client = Client(asked(server.url, grammar=form), lambda _: "start: A")
        assert client.bare
        first, second = client.ask(HELLO), client.ask(HELLO)
        bodies = [body for _, body in server.asked]
    assert (first.text, first.bare) == ("def a", True)
    assert "start: A" in FORMS[form](bodies[0])
    assert (second.text, second.bare, client.bare) == ("plain", False, False)
    assert not bodies[2].keys() & {"tools", "grammar", "ebnf", "structured_outputs"}


def test_a_custom_tool_by_the_responses_api() -> None:
    body = {"output": [{"type": "custom_tool_call", "name": "write_program", "input": "def a"}]}
    with endpoint(usual=Answer(json.dumps(body).encode())) as server:
        client = Client(asked(server.url, grammar="openai", api="responses"), lambda _: "start: A")
        reply = client.ask(HELLO)
        tool = server.asked[0][1]["tools"][0]
    assert (reply.text, reply.bare) == ("def a", True)
    assert tool["format"] == {"type": "grammar", "syntax": "lark", "definition": "start: A"}


def test_a_redirect_is_not_followed_with_the_prompt() -> None:
    with endpoint(usual=chat("stolen")) as other:
        away = Answer(b"", 307, {"location": f"{other.url}/chat/completions"})
        with endpoint(usual=away) as server:
            client = Client(asked(server.url))
            with pytest.raises(Hopeless, match=r"points to http://127.*307.*not followed"):
                client.ask(HELLO)
        assert other.asked == []
