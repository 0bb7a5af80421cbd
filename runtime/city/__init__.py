"""A seeded city: tens of thousands of cases written in bulk, to measure lists and numbers against a small office."""
