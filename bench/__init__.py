"""The benchmark: `python -m bench`; how to repeat and read it is in docs/benchmark.md."""
