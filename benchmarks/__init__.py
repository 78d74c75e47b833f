"""Speed, as ratios inside one interleaved run: ``python -m benchmarks``."""
