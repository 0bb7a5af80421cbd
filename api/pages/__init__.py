"""HTML pages, one file an audience."""
