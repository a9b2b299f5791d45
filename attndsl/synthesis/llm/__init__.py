"""The LLM proposer: programs written by a language model from a summary of what a head does.

`prompts` fills the files of `prompts/`, `summary` says in words what a head does, `client` asks any
OpenAI-compatible endpoint, `replies` finds programs in what comes back, `loop` asks, checks, has
mistakes repaired, scores and asks again. Nothing here loads `openai` before the first call.
"""
