"""Definitions in words, Chinese and English, for applicants, reviewers and stewards."""

from __future__ import annotations

from qundao.query.words.definitions import term_words, words

__all__ = ["term_words", "words"]
