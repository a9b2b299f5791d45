"""A plan with texts: where they lie in a batch, what it reads of them, memory, passes."""
