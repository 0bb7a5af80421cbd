"""Copies the few front-end files the pages load from node_modules to api/static/vendor.

Pages name these files without a version: package-lock.json pins it, and the whole folder is
replaced at each copy.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
TARGET = ROOT / "api" / "static" / "vendor"

# destination under vendor/ -> source under node_modules/
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "tabler-icons.min.css": "@tabler/icons-webfont/dist/tabler-icons.min.css",
    "fonts/tabler-icons.woff2": "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "docx-preview.min.js": "docx-preview/dist/docx-preview.min.js",
    "jszip.min.js": "jszip/dist/jszip.min.js",
    "axe.min.js": "axe-core/axe.min.js",
}
SOURCE_MAP = re.compile(r"^\s*(//# |/\*# )sourceMappingURL=.*$", re.MULTILINE)


def copy(name: str, source: Path) -> None:
    """Copy one file; a pointer to a source map we do not serve would only make 404s in the console."""
    destination = TARGET / name
    destination.parent.mkdir(parents=True, exist_ok=True)
    if destination.suffix in {".js", ".css"}:
        text = source.read_text(encoding="utf-8")
        destination.write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
    else:
        shutil.copyfile(source, destination)


def main() -> None:
    """Replace api/static/vendor as a whole."""
    shutil.rmtree(TARGET, ignore_errors=True)
    for name, source in FILES.items():
        copy(name, MODULES / source)
    print(f"前端组件 {len(FILES)} 个文件 · {len(FILES)} front-end files copied")


if __name__ == "__main__":
    main()
