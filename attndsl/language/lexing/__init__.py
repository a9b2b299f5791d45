"""From bytes to tokens: the characters that no program may hold, words, the limits of a chunk."""
