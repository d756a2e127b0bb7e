"""The oracle: what a rule means, said as plainly as possible, to hold the engine to."""
