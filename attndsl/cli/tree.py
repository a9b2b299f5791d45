"""`attndsl ast`: any stage between a program's text and its meaning, as text or JSON."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from attndsl.cli.files import read_source, shown, split_name
from attndsl.cli.output import print_json, rendered, say, styled, wants_colour
from attndsl.cli.programs import program_of, programs_of
from attndsl.cli.stages import dot_lines, syntax_as_json, syntax_lines, term_lines, terms_as_json
from attndsl.cli.texts import mask_of, reading, text_options
from attndsl.language.diagnostics import AttndslError, Diagnostic

if TYPE_CHECKING:
    from attndsl.graph.program import Program
    from attndsl.language.mask import Mask
    from attndsl.language.nodes import Definition, Module

STAGES = ("parse", "typed", "graph", "canonical", "lowered")


@click.command("ast")
@click.argument("file", metavar="FILE[:NAME]")
@click.argument("other", metavar="[OTHER[:NAME]]", required=False)
@click.option(
    "--stage", type=click.Choice(STAGES), default="canonical", show_default=True, help="Which one."
)
@click.option("--trace", is_flag=True, help="List the rules that fired on the way, in order.")
@click.option("--dot", is_flag=True, help="The terms as a graph in Graphviz's language.")
@click.option("--html", "page", metavar="FILE", help="Write the inspector: one page, no network.")
@text_options
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def ast_command(
    file: str,
    other: str | None,
    stage: str,
    trace: bool,
    dot: bool,
    page: str | None,
    as_json: bool,
    **words: Any,
) -> None:
    """Show any stage between a program's text and its meaning.

    parse and typed are syntax trees; graph, canonical and lowered are terms, each equal term once.
    The canonical stage is printed as a program too: it means the same, and its hash is the
    program's identity. With two programs their canonical trees are laid side by side.

    The inspector (--html) shows a program's text beside its tree: point at a part to see where it
    comes from, what it costs and its value on a text, and go through the rules step by step.

    \b
    Example:
      attndsl ast previous.attn --stage parse
      attndsl ast previous.attn --trace
      attndsl ast previous.attn --stage lowered --mask full
      attndsl ast previous.attn heads.attn:before_me
      attndsl ast previous.attn --html previous.html --text "The cat sat on the mat."
    """
    mask = mask_of(words["mask_name"] or "causal")
    if other is not None:
        if as_json or dot or trace or page is not None:
            raise click.UsageError("two programs are laid side by side as text; name one of them")
        _show_difference(program_of(file), program_of(other))
        return
    if page is not None:
        _write_page(programs_of(file), page, words)
        return
    if stage in ("parse", "typed"):
        if trace or dot:
            option = "--trace" if trace else "--dot"
            why = "no rule has fired yet" if trace else "there are no terms yet"
            raise click.UsageError(f"{why} at the stage {stage}; leave out {option}")
        _show_syntax(file, stage, as_json)
        return
    programs = programs_of(file)
    if dot:
        for program in programs:
            say("\n".join(dot_lines(program.graph, _root(program, stage, mask), program.name)))
        return
    if as_json:
        print_json([_terms(program, stage, mask, trace) for program in programs])
        return
    for program in programs:
        _show_terms(program, stage, mask, trace)


def _show_difference(one: "Program", other: "Program") -> None:
    """The canonical trees side by side: what is in one alone is marked."""
    from attndsl.graph.alignment import aligned, lines

    if one.hash == other.hash:
        say(f"{one.name} and {other.name} have the same canonical form  {one.hash[:12]}")
        return
    say(f"- {one.name}  {one.hash[:12]}")
    say(f"+ {other.name}  {other.hash[:12]}")
    for mark, a, b in (("@softmax", one.softmax, other.softmax),
                       ("@fallback", one.fallback, other.fallback)):  # fmt: skip
        if a != b:
            say(f"  {mark}: {a} here, {b} there")
    say()
    pair = aligned(one.graph, one.canonical, other.graph, other.canonical)
    say("\n".join(lines(pair, one.graph, other.graph)))


def _write_page(programs: "tuple[Program, ...]", path: str, words: dict[str, Any]) -> None:
    from attndsl.files.whole import write_text
    from attndsl.report.inspector import inspector

    read = reading(**words)
    write_text(path, inspector(programs, read.texts[0], read.mask))
    say(f"wrote {path}", file=sys.stderr)


def _show_syntax(file: str, stage: str, as_json: bool) -> None:
    name = split_name(file)[1]
    definitions = _definitions(split_name(file)[0], stage)
    if name is not None:
        definitions = tuple(one for one in definitions if one.name == name)
        if not definitions:
            raise AttndslError(f"{shown(split_name(file)[0])} has no def {name}")
    if as_json:
        print_json([syntax_as_json(definition) for definition in definitions])
        return
    for definition in definitions:
        say("\n".join(syntax_lines(definition)))


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
    return (*typed.heads, *(helper for helper in helpers if helper not in typed.heads))


def _stop_at_errors(module: "Module", source: bytes, diagnostics: tuple[Diagnostic, ...]) -> None:
    errors = tuple(one for one in diagnostics if one.severity == "error")
    if errors:
        raise AttndslError(rendered(errors, source, wants_colour(sys.stderr)), errors)


def _root(program: "Program", stage: str, mask: "Mask") -> int:
    if stage == "graph":
        return program.root
    if stage == "canonical":
        return program.canonical
    from attndsl.graph.lower import lower

    return lower(program.graph, program.canonical, mask)


def _step_lines(program: "Program") -> Iterator[str]:
    """Each step as a difference in the language, under the rule and its reason."""
    from attndsl.graph.trace import seen

    for step in seen(program):
        yield f"  {step.rule}: {step.why}"
        yield f"    - {step.before}"
        yield f"    + {step.after}"


def _show_terms(program: "Program", stage: str, mask: "Mask", trace: bool) -> None:
    say(styled(program.name, "bold") + f"  {program.hash}")
    if trace:
        for line in _step_lines(program):
            say(line)
        say()
    if stage == "canonical":
        from attndsl.graph.printing import to_source

        say(to_source(program))
    say("\n".join(term_lines(program.graph, _root(program, stage, mask))))
    say()


def _terms(program: "Program", stage: str, mask: "Mask", trace: bool) -> dict[str, object]:
    from attndsl.graph.printing import to_source
    from attndsl.graph.rules import VERSION
    from attndsl.graph.trace import seen

    return {
        "program": program.name,
        "hash": program.hash,
        "stage": stage,
        "rules": VERSION,
        **terms_as_json(program.graph, _root(program, stage, mask)),
        **({"source": to_source(program)} if stage == "canonical" else {}),
        **({"trace": [step.as_json() for step in seen(program)]} if trace else {}),
    }
