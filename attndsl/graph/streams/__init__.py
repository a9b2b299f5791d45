"""How a program can run in generation: what must be kept of the keys that went by."""

from attndsl.graph.streams.decide import streams, streams_of
from attndsl.graph.streams.plan import Streams

__all__ = ["Streams", "streams", "streams_of"]
