"""The emission grammar in the dialect that a kind of server takes."""


def grammar_for(form: str) -> str:
    """Plain Lark for OpenAI's tools, llguidance's dialect for the servers that run it."""
    from attndsl.language.emission import emission_grammar

    return emission_grammar("lark" if form == "openai" else "llguidance")
