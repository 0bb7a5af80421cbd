"""``python -m runtime.seeds``: the demonstration data."""

from runtime.seeds import main

main()
