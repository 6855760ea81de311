"""A member's runtime beside its data: it dials out only, checks everything itself, keeps a list."""
