"""The audit log kept in the hub's database, with its tree, heads and proofs."""
