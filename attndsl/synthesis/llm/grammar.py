"""The emission grammar in the dialect that a kind of server takes."""

from attndsl.language.emission import emission_grammar


def grammar_for(form: str) -> str:
    """Plain Lark for OpenAI's tools, llguidance's dialect for the servers that run it."""
    return emission_grammar("lark" if form == "openai" else "llguidance")
