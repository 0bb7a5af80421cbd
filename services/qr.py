"""QR codes 二维码 of addresses that are checked: as a picture in a page, as picture for a Word file."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

#: Modules of a quarter are restored: a code still reads on a folded or stamped paper.
_ERROR = "q"


def image(text: str) -> str:
    """The code as the address of a drawing that holds itself (data:), for the source of a picture in a page."""
    return str(_made(text).svg_data_uri(border=4, scale=4, omitsize=False))


def png(text: str) -> bytes:
    """The code as a picture; the same text gives the same bytes."""
    out = BytesIO()
    _made(text).save(out, kind="png", border=4, scale=8)
    return out.getvalue()


def _made(text: str) -> "segno.QRCode":
    import segno  # late: a start draws none

    return segno.make_qr(text, error=_ERROR)
