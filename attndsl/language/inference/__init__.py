"""Names and types, piece by piece; `language.types` is the door.

`names` collects what the top of a file defines, `scope` is what is known at one place of a
definition. `statements` walks a definition, `expressions` holds the rule for each kind of node,
with `operators`, `comparisons`, `calls`, `aggregates` and `decorators` behind it. `literals`
doubts labels and texts, `hints` know what was meant.
"""
