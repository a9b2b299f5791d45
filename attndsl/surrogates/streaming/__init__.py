"""Replaced heads that need no keys: which they are, what they keep, how a pass runs them."""
