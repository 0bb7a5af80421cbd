"""Pure words of the domain. Importable everywhere, also inside the workflow sandbox."""
