"""The credit ledger kept in the hub's database."""
