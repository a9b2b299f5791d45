"""Programs that say what each token weighs: a few named factors, and how much the first token does.

`vocabulary` lists the factors and the gates, `rows` takes rows of texts, `blocks` holds them with
every factor evaluated on them, `likeliest` finds where to start and what is needed least, `fitting`
finds numbers for all heads at once, `cutting` leaves the few that matter, `sharing` lets heads
share programs, `picking` says how long a program may be, `weighing` makes numbers readable,
`write`, `saying`, `words` and `telling` make what a person reads; `proposer` does it all.
`together` makes a library's numbers ready to be fitted to the model's own output.
"""
