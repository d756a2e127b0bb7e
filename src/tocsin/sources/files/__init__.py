"""Following log files: every whole line once, through rotation, truncation and restarts.

`place` says where a reader stands and proves it, `rotation` finds the file that comes next, `tail`
reads lines, `follow` parses and stores them with the place in the same commit.
"""

from tocsin.sources.files.follow import Follower, Summary
from tocsin.sources.files.tail import Tail

__all__ = ["Follower", "Summary", "Tail"]
