"""The feasibility desk: noisy banded counts before any approval."""
