"""The messages between hub and node, versioned, and the envelopes that carry them."""
