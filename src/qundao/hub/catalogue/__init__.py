"""The catalogue desk."""
