"""Verbs on rows: every function takes (session, actor, …); none commits."""
