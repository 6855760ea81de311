"""The fields of the builder, for templates."""
