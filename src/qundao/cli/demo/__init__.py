"""The story that `make demo` plays: one hub, five nodes, real processes on loopback."""
