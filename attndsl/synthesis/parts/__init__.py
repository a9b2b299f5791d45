"""Programs of few named parts: the search whose programs say what a head does.

`vocabulary` lists the parts and the kinds of query, `rows` samples rows of the texts with every
part evaluated on them, `kernels` and `shares` fit shares to the objective, `ladder` adds part after
part, `sharing` lets heads share programs, `write` and `words` make the program a person reads.
"""
