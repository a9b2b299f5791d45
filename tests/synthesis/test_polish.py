"""Polishing moves numbers by the rule that chooses programs: agreement in content and rest."""

import numpy as np
import torch

from attndsl.fit.measures import compare
from attndsl.fit.places import places
from attndsl.heads.packing import pack
from attndsl.language.mask import Mask
from attndsl.synthesis.polish import missed


def test_what_is_missed_is_what_agreement_lacks() -> None:
    rng = np.random.default_rng(0)
    mask, lengths = Mask("causal"), (5, 7)
    made, target = (torch.zeros(2, 7, 7), torch.zeros(3, 2, 7, 7))
    agreements = []
    for text, n in enumerate(lengths):
        lower = np.tril(rng.random((4, n, n)).astype(np.float32))
        square = lower / lower.sum(2, keepdims=True)
        made[text, :n, :n] = torch.from_numpy(square[0])
        target[:, text, :n, :n] = torch.from_numpy(square[1:])
        packed = pack(square, mask)
        found = compare(packed[:1], packed[1:], places(mask, range(n)))
        agreements.append(found.agreement[0])
    valid = torch.arange(7)[None] < torch.tensor(lengths)[:, None]
    resting = torch.zeros(2, 7, dtype=torch.bool)
    resting[:, 0] = True
    lacks = float(missed(made, target, valid, resting))
    assert abs(lacks - (1 - float(np.mean(agreements)))) < 1e-5
