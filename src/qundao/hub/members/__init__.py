"""Alliance, member organisations, users, roles, sign-in and API tokens."""
