"""The `qundao` command."""
