"""Small real PDF files, so that the demonstration cases carry papers one can open."""

MATERIALS = {
    "commencement_operation_proof": ("并网验收意见", "开工、运营时间证明文件"),
    "licence": ("营业执照", "主体资格证明材料（复印件）"),
    "legal_rep_identity": ("法定代表人身份证明", "身份证明材料（复印件）"),
    "entrustment_letter": ("减排项目申请委托书", "委托方、受托方及减排量收益分配"),
}

PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R /F2 8 0 R >> >> >>"
)
#: A Song typeface by name: every Chinese viewer brings one, so the file stays small.
SONG = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
    (
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R /DW 1000"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>"
    ),
    (
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
        b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
    ),
)


def paper(
    kind: str, party: str, project: str, date: str, title: str = "", about: str = ""
) -> tuple[str, bytes]:
    """(file name, content) of a one-page paper of this kind; the kinds known here have their own title."""
    if not title:
        title, about = MATERIALS[kind]
    lines = [
        (20, title),
        (12, about),
        (12, f"单位：{party}"),
        (12, f"项目：{project}"),
        (12, f"日期：{date}"),
        (11, "（已加盖公章和骑缝章）"),
        (9, "演示材料，内容均为虚构。"),
        (9, f"Demonstration paper ({kind}); everything in it is fictional."),
    ]
    return f"{title}.pdf", pdf(lines)


def pdf(lines: list[tuple[int, str]]) -> bytes:
    """One A4 page of lines, each (size in points, text), in the viewer's own Chinese font."""
    content = _content(lines)
    return _assemble(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            PAGE,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            *SONG,
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )


def _content(lines: list[tuple[int, str]]) -> bytes:
    """The drawing commands: one line below the other."""
    drawn, y = [b"BT"], 742
    for size, text in lines:
        font, code = ("F2", text.encode()) if text.isascii() else ("F1", text.encode("utf-16-be"))
        drawn.append(b"/%s %d Tf 1 0 0 1 72 %d Tm <%s> Tj" % (font.encode(), size, y, code.hex().encode()))
        y -= size * 2
    return b"\n".join([*drawn, b"ET"])


def _assemble(objects: list[bytes]) -> bytes:
    """The file with its table of byte offsets."""
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + head + tail
