"""Measurements: how fast, how large and how good, side by side with others. Run with `python -m benchmarks`."""
