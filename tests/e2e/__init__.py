"""The pages in a real browser, on a whole running system."""
