"""Probe texts: made to wake what stories leave asleep, with labels of what points where.

Generated kinds are drawn from the tokenizer's own whole words by a fixed seed; written kinds lie in
`written/`. Half of each kind (the even numbers) may choose programs; the other half only checks.
"""

from attndsl.tokens.probes.probe import Label, Pointing, Probe, Span
from attndsl.tokens.probes.texts import PROBE_KINDS, ProbeTexts, probe_texts

__all__ = ["PROBE_KINDS", "Label", "Pointing", "Probe", "ProbeTexts", "Span", "probe_texts"]
