"""A sixth procedure, as small as one can be: three tasks, one document. Only its own test registers it."""
