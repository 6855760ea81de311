"""The steward's console: pages on this machine's loopback address only, without any script."""
