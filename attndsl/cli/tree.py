"""`attndsl ast`: any stage between a program's text and its meaning, as text or JSON."""

import sys
from typing import TYPE_CHECKING

import click

from attndsl.cli.files import read_source, shown, split_name
from attndsl.cli.output import print_json, rendered, styled, wants_colour
from attndsl.cli.programs import programs_of
from attndsl.cli.stages import syntax_as_json, syntax_lines, term_lines, terms_as_json
from attndsl.cli.texts import mask_of
from attndsl.language.diagnostics import AttndslError, Diagnostic

if TYPE_CHECKING:
    from attndsl.graph.program import Program
    from attndsl.language.mask import Mask
    from attndsl.language.nodes import Definition, Module

STAGES = ("parse", "typed", "graph", "canonical", "lowered")


@click.command("ast")
@click.argument("file", metavar="FILE[:NAME]")
@click.option(
    "--stage", type=click.Choice(STAGES), default="canonical", show_default=True, help="Which one."
)
@click.option(
    "--mask",
    "mask_name",
    default="causal",
    show_default=True,
    metavar="causal|full|window:N",
    help="The mask that the lowered stage is for.",
)
@click.option("--trace", is_flag=True, help="List the rules that fired on the way, in order.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def ast_command(file: str, stage: str, mask_name: str, trace: bool, as_json: bool) -> None:
    """Show any stage between a program's text and its meaning.

    parse and typed are syntax trees; graph, canonical and lowered are terms, each equal term once.
    The canonical stage is printed as a program too: it means the same, and its hash is the
    program's identity.

    \b
    Example:
      attndsl ast previous.attn --stage parse
      attndsl ast previous.attn --trace
      attndsl ast previous.attn --stage lowered --mask full
    """
    mask = mask_of(mask_name)
    if stage in ("parse", "typed"):
        if trace:
            raise click.UsageError(f"no rule has fired yet at the stage {stage}; leave out --trace")
        _show_syntax(file, stage, as_json)
        return
    programs = programs_of(file)
    if as_json:
        print_json([_terms(program, stage, mask, trace) for program in programs])
        return
    for program in programs:
        _show_terms(program, stage, mask, trace)


def _show_syntax(file: str, stage: str, as_json: bool) -> None:
    name = split_name(file)[1]
    definitions = _definitions(split_name(file)[0], stage)
    if name is not None:
        definitions = tuple(found for found in definitions if found.name == name)
        if not definitions:
            raise AttndslError(f"{shown(split_name(file)[0])} has no def {name}")
    if as_json:
        print_json([syntax_as_json(definition) for definition in definitions])
        return
    for definition in definitions:
        print("\n".join(syntax_lines(definition)))


def _definitions(file: str, stage: str) -> "tuple[Definition, ...]":
    """The definitions of a file, every helper once for each tuple of types it is called with."""
    from attndsl.language.parser import parse

    source = read_source(file)
    module, diagnostics = parse(source, shown(file))
    _stop_at_errors(module, source, diagnostics)
    if stage == "parse":
        return module.definitions
    from attndsl.language.shipped import MARK
    from attndsl.language.types import infer

    typed, diagnostics = infer(module)
    _stop_at_errors(module, source, diagnostics)
    own = [key for key in typed.instances if not key[0].startswith(MARK)]
    helpers = (typed.instances[key][0] for key in own)
    return (*typed.heads, *(found for found in helpers if found not in typed.heads))


def _stop_at_errors(module: "Module", source: bytes, diagnostics: tuple[Diagnostic, ...]) -> None:
    errors = tuple(found for found in diagnostics if found.severity == "error")
    if errors:
        raise AttndslError(rendered(errors, source, wants_colour(sys.stderr)), errors)


def _root(program: "Program", stage: str, mask: "Mask") -> int:
    if stage == "graph":
        return program.root
    if stage == "canonical":
        return program.canonical
    from attndsl.graph.lower import lower

    return lower(program.graph, program.canonical, mask)


def _fired(program: "Program") -> list[str]:
    """The rules that lead from the graph to the canonical form, in order."""
    from attndsl.graph.canonical import canonical

    trace: list[str] = []
    canonical(program.graph, program.root, program.softmax, trace)
    return trace


def _show_terms(program: "Program", stage: str, mask: "Mask", trace: bool) -> None:
    print(styled(program.name, "bold") + f"  {program.hash}")
    if trace:
        for rule in _fired(program):
            print(f"  {rule}")
        print()
    if stage == "canonical":
        from attndsl.graph.printing import to_source

        print(to_source(program))
    print("\n".join(term_lines(program.graph, _root(program, stage, mask))))
    print()


def _terms(program: "Program", stage: str, mask: "Mask", trace: bool) -> dict[str, object]:
    from attndsl.graph.printing import to_source

    return {
        "program": program.name,
        "hash": program.hash,
        "stage": stage,
        **terms_as_json(program.graph, _root(program, stage, mask)),
        **({"source": to_source(program)} if stage == "canonical" else {}),
        **({"trace": _fired(program)} if trace else {}),
    }
