"""`make bench`: the figures of docs/benchmarks.md, all from one run on one machine. No test asserts them."""
