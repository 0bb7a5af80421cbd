"""Forms and tasks that several procedures ask for in the same way."""
