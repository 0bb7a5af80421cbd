"""Templates as Python has translated them are kept beside the compiled modules.

Translating all of them takes seconds, and the first reader of each page after a start would wait for it. In the image,
where nothing may be written beside the code, they are translated when it is built: `python -m api.translated`.
"""

from contextlib import suppress
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

FOLDER = Path(__file__).parent / "__pycache__"


class Translated(FileSystemBytecodeCache):
    """Kept where that is possible. A folder that cannot be read or written costs time, never a page."""

    def __init__(self, folder: Path = FOLDER) -> None:
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        super().__init__(str(folder), "template_%s.cache")

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def main() -> None:
    """Translate every template there is."""
    from api.templating import environment

    for name in environment().list_templates():
        environment().get_template(name)


if __name__ == "__main__":
    main()
