"""The API under `/api/v1`: what the console can do, for programs.

`app` assembles it and answers errors · `auth` knows tokens and scopes · `paging` and `etags` are how lists are
read · `alerts`, `mutes`, `sources`, `rules`, `deliveries`, `oncall`, `people` are its parts.
"""
