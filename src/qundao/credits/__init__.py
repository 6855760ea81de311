"""What contributing earns and using costs: a double-entry ledger, its rules, and the tariff."""
