"""Long runs: what only shows after many kills, or on a machine without a network: `make soak`."""
