"""Whether the machine has become busier: the same work gets less of its processors than it got."""

# How much a process gets of what it got, in words: up to so much.
PARTS = (
    (0.075, "less than a tenth"), (0.15, "a tenth"), (0.225, "a fifth"), (0.29, "a quarter"),
    (0.41, "a third"), (0.58, "half"), (0.7, "two thirds"), (0.8, "three quarters"),
)  # fmt: skip


def busier(before: float, now: float) -> str:
    """What is said of two shares, processor time of this process over the time that passed; of
    several threads they are above 1. Nothing where they are much the same, or one isn't known (0).

    >>> busier(0.98, 0.5)
    'the machine is busier than at the start: this process gets half of the time that it got'
    >>> busier(4.0, 1.0).partition(" gets ")[2]
    'a quarter of the time that it got'
    >>> busier(1.0, 0.9), busier(0.5, 1.0), busier(0.0, 0.5)
    ('', '', '')
    """
    if not before or not now:
        return ""
    part = next((words for most, words in PARTS if now <= most * before), "")
    start = "the machine is busier than at the start: this process gets"
    return f"{start} {part} of the time that it got" if part else ""
