"""Benchmarks; their figures stand in results.md."""
