"""What every room stands on: ids, clock, words, errors, settings, canonical JSON, signatures."""
