"""The web: pages and JSON over the same services."""
