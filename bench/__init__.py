"""Benchmarks. Each compares ways of doing one thing in one run on one machine, so that what it
prints (a ratio, a peak of memory) can be compared between machines: `make bench`.
"""
