"""attndsl: a small language for attention programs, and the tools around it.

>>> import attndsl
>>> source = "def previous_token(q, k):\\n    return k == q.prev\\n"
>>> program = attndsl.verify(source).programs[0]
>>> program.name, program.causal
('previous_token', True)
>>> attndsl.pattern(program, attndsl.encode("The cat sat")).round(1).tolist()
[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

Programs:
  verify         check a source and prove what can be proved
  parse          a source as a syntax tree
  format_source  a source in the one format
  to_source      a program's canonical form as source
  length         how long a program is, in bits
  numbers        how many numbers a program holds, distances by half
  Program        a checked program, what is proved of it, its canonical form
  Verified       what a source gives: programs and diagnostics
  Diagnostic     one thing to tell the author of a program
  AttndslError   what every user's mistake raises; its message says what to do

Running them:
  encode         a text as tokens by the built-in tokenizer
  builtin_texts  the texts that come with attndsl
  Encoded        a text as tokens, with the columns that programs read
  pattern        a program's attention on a text
  why            why a program gives a weight
  Why            which parts of a program made a weight
  inspect        programs beside their canonical trees, to point at
  studio         programs written beside the heads that they explain, in a notebook
  Grid           a matrix with labels, shown as a heat map
  Library        many programs run together: Library(programs).patterns(texts)
  Mask           which keys a query may look at
  CAUSAL         the mask of causal models
  FULL           the mask of encoders
  diff           where two programs attend differently on a text
  compare        which heads changed between two runs
  dedup          which programs are the same, and why

Models:
  load_model     load smollm2, a hub name, a folder or a .gguf file
  capture        write the attention of all heads of a model to a store
  capture_probes the same for probe texts, apart from the store's own
  census         what each head does of known mechanisms: census(store, table).find(name)
  Census         the census of a model's heads
  HeadStore      captured attention on disk: HeadStore.open(folder)
  score_library  every program against every head of a store
  install        put programs in place of heads of a live model
  prune          take the replaced heads' weights out of a model
  save           save a model with its programs
  load           read a model that was saved with its programs

Runs:
  explain        find a program for every head of a model; gives the run
  open_run       open a run: heads, programs, figures, report
  replace        what a model loses with a run's programs in place of heads
  push           put a run on the hub
  pull           bring a run from the hub

Every name is loaded on first use, so importing attndsl is quick; help(attndsl.NAME) says more.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:  # each under its own name, so that type checkers take it for public
    from attndsl.authoring.studio.widget import studio as studio
    from attndsl.draw.grid import Grid as Grid
    from attndsl.engines.batch import Library as Library
    from attndsl.engines.reference import pattern as pattern
    from attndsl.engines.why import Why as Why
    from attndsl.engines.why import why as why
    from attndsl.explain.python import explain as explain
    from attndsl.fit.census import census as census
    from attndsl.fit.difference import diff as diff
    from attndsl.fit.duplicates import dedup as dedup
    from attndsl.fit.findings import Census as Census
    from attndsl.fit.library import score_library as score_library
    from attndsl.graph.length import length as length
    from attndsl.graph.literals import numbers as numbers
    from attndsl.graph.printing import to_source as to_source
    from attndsl.graph.program import Program as Program
    from attndsl.graph.verify import Verified as Verified
    from attndsl.graph.verify import verify as verify
    from attndsl.heads.store import HeadStore as HeadStore
    from attndsl.language.diagnostics import AttndslError as AttndslError
    from attndsl.language.diagnostics import Diagnostic as Diagnostic
    from attndsl.language.formatter import format_source as format_source
    from attndsl.language.mask import CAUSAL as CAUSAL
    from attndsl.language.mask import FULL as FULL
    from attndsl.language.mask import Mask as Mask
    from attndsl.language.parser import parse as parse
    from attndsl.models.capture import capture as capture
    from attndsl.models.loading import load_model as load_model
    from attndsl.models.probing import capture_probes as capture_probes
    from attndsl.report.inspector import inspect as inspect
    from attndsl.runs.compare import compare as compare
    from attndsl.runs.hub import pull as pull
    from attndsl.runs.hub import push as push
    from attndsl.runs.opened import open_run as open_run
    from attndsl.runs.replacing import replace as replace
    from attndsl.surrogates.handle import install as install
    from attndsl.surrogates.persist import load as load
    from attndsl.surrogates.persist import save as save
    from attndsl.surrogates.pruning import prune as prune
    from attndsl.tokens.encoded import Encoded as Encoded
    from attndsl.tokens.texts import builtin_texts as builtin_texts
    from attndsl.tokens.tokenizer import encode as encode

__version__ = "0.2.0.dev0"

# Where each public name lives, and its name there where that is another. There is no __all__: with
# one, help(attndsl) prints every method of every class.
_HOMES = {
    "AttndslError": "language.diagnostics",
    "CAUSAL": "language.mask",
    "Census": "fit.findings",
    "Diagnostic": "language.diagnostics",
    "Encoded": "tokens.encoded",
    "FULL": "language.mask",
    "Grid": "draw.grid",
    "HeadStore": "heads.store",
    "Library": "engines.batch",
    "Mask": "language.mask",
    "Program": "graph.program",
    "Verified": "graph.verify",
    "Why": "engines.why",
    "builtin_texts": "tokens.texts",
    "capture": "models.capture",
    "capture_probes": "models.probing",
    "census": "fit.census",
    "compare": "runs.compare",
    "dedup": "fit.duplicates",
    "diff": "fit.difference",
    "encode": "tokens.tokenizer",
    "explain": "explain.python",
    "format_source": "language.formatter",
    "inspect": "report.inspector",
    "install": "surrogates.handle",
    "length": "graph.length",
    "load": "surrogates.persist",
    "load_model": "models.loading",
    "numbers": "graph.literals",
    "open_run": "runs.opened",
    "parse": "language.parser",
    "pattern": "engines.reference",
    "prune": "surrogates.pruning",
    "pull": "runs.hub",
    "push": "runs.hub",
    "replace": "runs.replacing",
    "save": "surrogates.persist",
    "score_library": "fit.library",
    "studio": "authoring.studio.widget",
    "to_source": "graph.printing",
    "verify": "graph.verify",
    "why": "engines.why",
}


__getattr__ = handing_out(__name__, _HOMES)


def __dir__() -> list[str]:
    return [*_HOMES, "__version__"]
