"""Published Python attention programs, read by their syntax tree and written as programs."""
