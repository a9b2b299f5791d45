"""Programs of few named parts: the search whose programs say what a head does.

`vocabulary` lists the parts and the kinds of query, `rows` samples rows of the texts with every
part evaluated on them, `mixture` is what is fitted, `kernels` hold the loops of its objective and
slopes, `ladder` adds term after term, `picking` says which rung is shown, `sharing` lets heads
share programs, `write` and `words` make what a person reads; `proposer` does it all.
"""
