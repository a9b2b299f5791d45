"""How a program can run in generation: what must be kept of the keys that went by."""

from attndsl.graph.streams.decide import streams, streams_of
from attndsl.graph.streams.plan import BOUNDED, Streams
from attndsl.graph.streams.share import plan_of, streaming_figures, told_share

__all__ = [
    "BOUNDED", "Streams", "plan_of", "streaming_figures", "streams", "streams_of", "told_share",
]  # fmt: skip
