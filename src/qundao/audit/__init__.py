"""Events, the append-only Merkle log that holds them (RFC 6962), and proofs for third parties."""
