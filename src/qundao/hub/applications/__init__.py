"""The applications desk: from a draft to a permit."""
