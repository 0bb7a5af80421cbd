"""What exists: words, nouns and tables. No side effects."""
