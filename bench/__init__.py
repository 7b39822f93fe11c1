"""Benchmarks: what the service costs beside what the same work could cost at best. See `bench/README.md`."""
