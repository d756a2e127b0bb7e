"""Sources, their tokens, and what came in: counts a minute, rejected records."""
