"""Programs that say what each token weighs: a few named factors, and how much the first token does.

`vocabulary` lists the factors and the gates, `blocks` holds rows of the texts with every factor
evaluated on them, `fitting` finds numbers for all heads at once, `cutting` leaves the few that
matter, `sharing` lets heads share programs, `picking` says how long a program may be, `write` and
`words` make what a person reads; `proposer` does it all.
"""
