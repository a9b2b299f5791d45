"""Shares, ratios and distances in words that have one meaning."""

from attndsl.synthesis.parts.weighing import near

MOSTLY = 0.58  # of a whole: most
# How a share is said: the first whose bound it reaches.
STRENGTHS = (
    (0.9, "nearly all"),
    (MOSTLY, "most"),
    (0.42, "about half"),
    (0.28, "about a third"),
    (0.15, "about a fifth"),
    (0.05, "a little"),
    (0.0, "hardly anything"),
)
# How a ratio is said, by the nearest.
RATIOS = {
    0.02: "hardly anything", 0.05: "a twentieth", 0.1: "a tenth", 0.2: "a fifth", 0.25: "a quarter",
    0.33: "a third", 0.5: "half", 0.67: "two thirds", 0.8: "a little less", 1.0: "no more",
    1.25: "a little more", 1.5: "half as much again", 2.0: "twice", 2.5: "two and a half times",
    3.0: "three times", 4.0: "four times", 5.0: "five times", 6.0: "six times", 8.0: "eight times",
    10.0: "ten times", 15.0: "fifteen times", 20.0: "twenty times", 30.0: "thirty times",
    50.0: "fifty times", 100.0: "a hundred times", 200.0: "two hundred times",
    500.0: "five hundred times", 1000.0: "a thousand times",
}  # fmt: skip
WHOLE = {"hardly anything", "a little less", "no more", "a little more", "half as much again"}
NUMBERS = {
    1: "one", 2: "two", 3: "three", 4: "four", 6: "six", 8: "eight", 12: "twelve", 16: "sixteen",
    30: "thirty",
}  # fmt: skip


def strength(share: float) -> str:
    """A share in words.

    >>> strength(0.55), strength(0.33), strength(0.08)
    ('about half', 'about a third', 'a little')
    """
    return next(word for bound, word in STRENGTHS if share >= bound)


def ratio(times: float, first: bool = False) -> str:
    """A ratio in words; where it is the first of several, it says what of.

    >>> ratio(4.4), ratio(0.3), ratio(0.5, first=True)
    ('four times', 'a third', 'half as much')
    """
    words = RATIOS[near(times, tuple(RATIOS))]
    return f"{words} as much" if first and words not in WHOLE else words
