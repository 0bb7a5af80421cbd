"""The console of stalled cases 滞办督查台 (screens 3.3): groups by cause, rows with the reason in a sentence, engine's state."""
