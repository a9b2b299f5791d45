"""Random programs before the judge: his rows beside the reference engine's, on short texts."""

import numpy as np

from attndsl.engines.reference import pattern
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.encoded import Encoded
from tests.independent import patterns
from tests.independent.places import Text
from tests.independent.reading import File, read
from tests.programs.draws import RandomDraw
from tests.programs.generator import random_source
from tests.programs.texts import parsed, random_text

MASKS = (CAUSAL, Mask("window", 3), FULL)
LONGEST = 12
CLOSE = 1e-9


def away(file: File, program: Program, text: Encoded, mask: Mask) -> float:
    """How far the engine's rows are from the judge's, as written and in the canonical form."""
    judged = rows(file, program.name, text, mask)
    found = (pattern(program, text, mask, lowered=lowered) for lowered in (False, True))
    return max(float(np.abs(each - judged).max(initial=0)) for each in found)


def rows(file: File, name: str, text: Encoded, mask: Mask) -> np.ndarray:
    return np.array(patterns.pattern(file, name, Text(text), mask)).reshape(text.n, text.n)


def random_case(seed: str, linguistics: bool) -> tuple[str, tuple[Program, ...], Encoded]:
    """A generated file, its programs, and a text of 0 to 12 tokens with a parse made up."""
    draw = RandomDraw(f"judge {seed}")
    text = random_text(f"judge {seed}", draw.below(LONGEST + 1))
    source = random_source(seed, linguistics)
    return source, verify(source).programs, parsed(draw, text)


def disagreements(seed: str, linguistics: bool) -> list[str]:
    """What the judge and the engine say differently of a generated file, under each mask."""
    source, programs, text = random_case(seed, linguistics)
    file = read(source)
    found = []
    for program in programs:
        for mask in MASKS:
            distance = away(file, program, text, mask)
            if not distance < CLOSE:
                said = f"{program.name} under {mask}, away by {distance:.3g} on {text.labels()}"
                found.append(f"{said}\n{source}")
    return found
