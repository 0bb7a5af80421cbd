"""The tasks of a procedure, gathered from the names of its module."""

from models.vocabulary.specs import Task


def tasks_of(nouns: dict[str, object]) -> tuple[Task, ...]:
    """Every task among a module's names (`globals()`), in the order they were written down."""
    return tuple(noun for noun in nouns.values() if isinstance(noun, Task))
