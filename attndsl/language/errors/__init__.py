"""Syntax errors in the author's words; `syntax` is the door, the other files hold the rules."""
