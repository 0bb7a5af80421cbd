"""What can go wrong on the ground, told in both languages."""


class RuntimeTrouble(RuntimeError):
    """A condition the person at the terminal can do something about.

    The message is shown as it is, without a traceback: Chinese first, then English.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
