"""The language as text: from source to typed syntax, and what there is to say about it.

`parser` reads a file into `nodes` (with `lexing`, `parsing` and `errors` behind it), `types` finds
names and types (`inference`), `formatter` writes the one style (`formatting`), `emission` makes
the grammar that holds a language model's reply, `render` shows `diagnostics`. `vocabulary` is the
table of everything that a program can name, `codes` that of everything that can be wrong with one.
"""
