"""A run's workbench as tools of the Model Context Protocol, for agents that explain heads."""

import json
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

import attndsl
from attndsl.authoring import tools
from attndsl.authoring.bench import Bench
from attndsl.language.assets import asset
from attndsl.language.diagnostics import AttndslError

P = ParamSpec("P")
INSTRUCTIONS = """\
Explain attention heads of a transformer as short programs. List the heads, look at one, write a
program for it, check and score it, and submit it if it does better than the program that the head
has. Say what the head does with the fewest named parts. The resource attndsl://language tells the
language, attndsl://examples/mechanisms.attn the mechanisms that can be called by name."""
CALLS = 2000  # in one session: an agent that runs wild stops here


def make_server(bench: Bench) -> MCPServer:
    """A server over one run. No tool reads or writes outside the run's folder, runs code or looks
    anything up; what is written is data, with limits on size, time and number."""
    server: MCPServer = MCPServer("attndsl", version=attndsl.__version__, instructions=INSTRUCTIONS)
    left = [CALLS]

    def told(work: Callable[P, str]) -> Callable[P, str]:
        """A user's mistake comes back in words; calls are counted."""

        @wraps(work)
        def call(*args: P.args, **kwargs: P.kwargs) -> str:
            left[0] -= 1
            if left[0] < 0:
                raise ToolError(f"this session has made {CALLS} calls; start another")
            try:
                return work(*args, **kwargs)
            except AttndslError as fault:
                raise ToolError(str(fault)) from None

        return call

    @server.tool()
    @told
    def heads(first: int = 40, names: list[str] | None = None) -> str:
        """The heads of the run, or those with these names, with their programs, measures and what
        known mechanisms name of their weight, the least explained first."""
        return json.dumps(tools.listed(bench, first, names or ()))

    @server.tool()
    @told
    def look(head: str) -> str:
        """What a head (such as L3.H5) does on some texts, its program now, its best constant
        pattern, and how the two do."""
        return tools.look(bench, head)

    @server.tool()
    @told
    def check(source: str) -> str:
        """What the checker says of a program, and what it proves: causal, cost, canonical form."""
        return tools.check(source)

    @server.tool()
    @told
    def run(source: str, text: str) -> str:
        """Where a program looks on a text: a line a query with its strongest keys."""
        return tools.run(bench, source, text)

    @server.tool()
    @told
    def score(source: str, head: str) -> str:
        """A program against a head beside the one that the head has and the best constant pattern,
        on which texts, and the rows that it misses most."""
        return tools.score(bench, source, head)

    @server.tool()
    @told
    def why(head: str, text: int, query: int, key: int, source: str = "") -> str:
        """The parts of a program (without one: of that which the head has) behind a weight on one
        of the run's texts; what the head and its constant put there, and how much of that row
        program, head and constant rest."""
        return tools.why(bench, source, head, text, query, key)

    @server.tool()
    @told
    def submit(source: str, head: str) -> str:
        """Hand a program in for a head; it is kept if it does better than the one that is there."""
        return json.dumps(bench.submit(source, head))

    @server.tool()
    @told
    def vocabulary(level: str = "") -> str:
        """Everything that a program can name: attributes by level, functions, mechanisms."""
        return _vocabulary(level)

    @server.resource("attndsl://language", mime_type="text/markdown")
    def language() -> str:
        """The specification of the language."""
        return asset("grammar/README.md").read_text(encoding="utf-8")

    @server.resource("attndsl://examples/mechanisms.attn", mime_type="text/plain")
    def mechanisms() -> str:
        """The mechanisms that every program can call by name."""
        return asset("examples/mechanisms.attn").read_text(encoding="utf-8")

    @server.resource("attndsl://grammar/tables.attn", mime_type="text/plain")
    def tables() -> str:
        """The tables of weights that every program can call by name."""
        return asset("grammar/tables.attn").read_text(encoding="utf-8")

    return server


def _vocabulary(level: str) -> str:
    from attndsl.authoring.told import signature
    from attndsl.language import shipped
    from attndsl.language import vocabulary as table

    if level and level not in table.LEVELS:
        raise AttndslError(f"the levels are {', '.join(table.LEVELS)}")
    lines = [
        f".{entry.name}: {entry.type.value} ({entry.level}) {entry.doc}"
        for entry in table.ATTRIBUTES.values()
        if not entry.hidden and level in ("", entry.level)
    ]
    if not level:
        for entries in (table.FUNCTIONS, table.AGGREGATES, table.RANGES, table.ROWS):
            lines += [f"{signature(name)}: {entry.doc}" for name, entry in entries.items()]
        lines += [f"{signature(name)}: {shipped.described(name)}" for name in shipped.callables()]
    return "\n".join(lines)
