"""The hand-written examples as first candidates, each in a text of its own."""

from attndsl.language.assets import asset
from attndsl.language.parser import parse
from attndsl.synthesis.archive import Candidate
from attndsl.synthesis.standalone import standalone


def seeds() -> tuple[Candidate, ...]:
    """Every program of `examples/` as it is written there, with the helpers that it needs."""
    candidates = []
    for path in sorted(asset("examples").glob("*.attn")):
        module = parse(path.read_bytes(), path.name)[0]
        for one in module.definitions:
            if one.is_head:
                source = standalone(module, one.name, one.name)
                candidates.append(Candidate(source, f"examples/{path.name}"))
    return tuple(candidates)
