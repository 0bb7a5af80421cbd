"""PDF copies through LibreOffice, where one is installed; the Word file stays the document."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from threading import BoundedSemaphore

TIMEOUT_S = 60
#: With headings, tables and the texts of pictures marked, so that a screen reader can follow.
_TAGGED = '{"UseTaggedPDF":{"type":"boolean","value":"true"}}'
#: Each conversion takes a core and some 300 MB; more at once only makes all of them late.
_SLOTS = BoundedSemaphore(2)


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def converter_available() -> bool:
    """Is a converter installed on this machine?"""
    return _program() is not None


def to_pdf(docx: bytes, timeout_s: float = TIMEOUT_S) -> bytes | None:
    """The document as PDF; None where no converter is installed, or it failed or took too long."""
    program = _program()
    if program is None or not _SLOTS.acquire(timeout=timeout_s):
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="puhui-pdf-") as folder:
            return _convert(program, Path(folder), docx, timeout_s)
    finally:
        _SLOTS.release()


def _convert(program: str, folder: Path, docx: bytes, timeout_s: float) -> bytes | None:
    """One conversion with a profile of its own: two offices on one profile refuse to start."""
    (folder / "document.docx").write_bytes(docx)
    command = [
        program,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        "--convert-to",
        f"pdf:writer_pdf_Export:{_TAGGED}",
        "--outdir",
        str(folder),
        str(folder / "document.docx"),
    ]
    child = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(folder),
        start_new_session=True,
    )
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        return None
    made = folder / "document.pdf"
    return made.read_bytes() if made.is_file() else None


def _environment(folder: Path) -> dict[str, str]:
    """The machine's environment with a home of its own and the office fonts mapped to what is there."""
    fonts = folder / "fonts.conf"
    fonts.write_text(_FONTS, encoding="utf-8")
    return {**os.environ, "HOME": str(folder), "FONTCONFIG_FILE": str(fonts), "LC_ALL": "C.UTF-8"}


def _alias(family: str, *substitutes: str) -> str:
    prefer = "".join(f"<family>{name}</family>" for name in substitutes)
    return f'<alias binding="same"><family>{family}</family><accept>{prefer}</accept></alias>'


def _bold(family: str) -> str:
    """The title face is heavy by nature; what stands in for it has to be told so."""
    return (
        f'<match target="pattern"><test name="family"><string>{family}</string></test>'
        '<edit name="weight" mode="assign" binding="strong"><const>bold</const></edit></match>'
    )


_SERIF = ("Noto Serif CJK SC", "Noto Sans CJK SC")
_SANS = ("Noto Sans CJK SC", "Noto Serif CJK SC")
#: An office's Word has these fonts; a server seldom has. Where the font itself is installed it wins.
_FONTS = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
    '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
    + _alias("仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", *_SERIF)
    + _alias("楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", *_SERIF)
    + _bold("方正小标宋简体")
    + _alias("方正小标宋简体", "FZXiaoBiaoSong-B05S", *_SERIF)
    + _alias("Times New Roman", "Liberation Serif", "Tinos", *_SERIF)
    + _alias("宋体", "SimSun", *_SERIF)
    + _alias("黑体", "SimHei", *_SANS)
    + "</fontconfig>"
)
