"""Finding programs for heads: proposers, the archive of each head's best, the journal of a run.

`parts` fits weights of named factors and shares them out, `llm` asks a language model, `polish`
fits the numbers of what was found. All of it is scored against all heads and kept in an `Archive`.
"""
