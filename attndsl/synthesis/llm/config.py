"""Where the endpoint, the key and the prices come from: flags, a config file, the environment."""

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from attndsl.language.diagnostics import AttndslError
from attndsl.synthesis.llm.settings import (
    APIS,
    GRAMMARS,
    OPENAI,
    Budget,
    Endpoint,
    LlmSettings,
    Price,
)

OWN = "attndsl/llm.toml"  # below the user's folder for settings
HERE = ("localhost", "127.0.0.1", "::1")
KINDS: dict[str, type | tuple[type, ...]] = {
    "base_url": str, "model": str, "api_key": str, "api": str, "grammar": str,
    "timeout": (int, float), "answer_tokens": int, "temperature": (int, float), "programs": int,
    "rounds": int, "repairs": int, "concurrency": int, "per_minute": (int, float), "attempts": int,
    "calls": int, "tokens": int, "money": (int, float), "minutes": (int, float), "prices": dict,
    "first_pause": (int, float), "longest_pause": (int, float), "summary_tokens": int,
}  # fmt: skip


def own_file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / OWN


def read_config(path: Path | None) -> dict[str, Any]:
    """The config file's entries; the user's own file where none is named, if there is one."""
    file = path or own_file()
    if path is None and not file.is_file():
        return {}
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise AttndslError(f"{file}: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise AttndslError(f"{file} is no TOML file: {fault}") from None
    for name, value in settings.items():
        if name not in KINDS:
            raise AttndslError(f"{file}: there is no entry {name!r}; there are {', '.join(KINDS)}")
        if not isinstance(value, KINDS[name]) or isinstance(value, bool):
            raise AttndslError(f"{file}: {name} = {value!r} has the wrong type")
    return settings


def llm_settings(
    given: Mapping[str, Any],
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    need_key: bool = True,
) -> LlmSettings:
    """Settings from flags first, then the config file, then the environment."""
    merged = read_config(file) | {name: value for name, value in given.items() if value is not None}
    model = merged.get("model")
    if not model:
        raise AttndslError("the proposer llm needs the name of a model: --llm-model NAME")
    url = str(merged.get("base_url") or environment.get("OPENAI_BASE_URL") or OPENAI).rstrip("/")
    parts = address(url)
    if parts.username or parts.password:
        raise AttndslError("the address holds a password; give the key as OPENAI_API_KEY")
    for name, allowed in (("api", APIS), ("grammar", GRAMMARS)):
        if merged.get(name, "auto") not in allowed:
            raise AttndslError(f"{name} is one of {', '.join(allowed)}, not {merged[name]!r}")
    key = (merged.get("api_key") or environment.get("OPENAI_API_KEY") or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise AttndslError("the key holds a letter that can't be sent; copy OPENAI_API_KEY anew")
    if not key and need_key and parts.hostname not in HERE:
        raise AttndslError(
            f"no key for {parts.hostname}: set OPENAI_API_KEY, or write api_key = \"...\" to "
            f"{file or own_file()}"
        )  # fmt: skip
    endpoint = {one.name for one in fields(Endpoint)} - {"model", "base_url", "key"}
    budget = {one.name for one in fields(Budget)}
    plain = {one.name for one in fields(LlmSettings)} - {"endpoint", "budget", "price"}
    return LlmSettings(
        Endpoint(model, url, key, **_of(merged, endpoint)),
        Budget(**_of(merged, budget)),
        price_of(merged.get("prices", {}), model),
        **_of(merged, plain),
    )


def address(url: str) -> SplitResult:
    """The parts of an endpoint's address.

    >>> address("http://localhost:8000/v1").hostname
    'localhost'
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:  # such as a port that is no number
        pass
    raise AttndslError(f"{url!r} is no address of an endpoint, such as {OPENAI}")


def _of(merged: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: merged[name] for name in names if name in merged}


def price_of(prices: Mapping[str, Any], model: str) -> Price | None:
    """The price of a model; `"*"` holds for all that aren't named.

    >>> price_of({"*": [1, 4]}, "small")
    Price(sent=1.0, received=4.0)
    """
    price = prices.get(model, prices.get("*"))
    if price is None:
        return None
    if not (isinstance(price, list) and len(price) == 2 and all(
        isinstance(one, int | float) and 0 <= one < math.inf for one in price
    )):  # fmt: skip
        raise AttndslError(
            f"the price of {model} is two numbers, for a million tokens sent and received, such "
            f"as [0.25, 2.0], not {price!r}"
        )
    return Price(float(price[0]), float(price[1]))
