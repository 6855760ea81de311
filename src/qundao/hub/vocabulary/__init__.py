"""The desk of the vocabulary that nodes report: which concepts are where, in bands."""
