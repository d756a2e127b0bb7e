"""The detector: reads the store, matches, correlates, and commits alerts, state and checkpoint at once."""
