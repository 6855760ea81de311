"""What both sides know of a node: the words of its refusals."""
