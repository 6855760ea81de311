"""The peak memory of a process started by a test: what the tests' own process held is not in it.

Linux carries the peak of the process that forks over into `ru_maxrss` of the one it starts.
"""

from __future__ import annotations

READ_PEAK = """
def peak_kb():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""
"""Python text that defines `peak_kb()`: kilobytes."""
