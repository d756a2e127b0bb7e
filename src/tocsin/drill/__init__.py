"""The drill: an incident to see Tocsin ring, made from a seed and sent through the real HTTP input.

`people` is the cast, `words` what they write, `happenings` the shape of an event; `ordinary`, `midnight`
and `incident` are the three strands that `story` puts on one timeline; `truth` says what really
happened, `expected` what must ring for it, `player` sends it.
"""

from tocsin.drill.player import Summary, expect_server, play
from tocsin.drill.story import LENGTH, Story, tell

__all__ = ["LENGTH", "Story", "Summary", "expect_server", "play", "tell"]
