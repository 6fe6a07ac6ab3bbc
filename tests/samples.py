"""Small files of every kind, as their first bytes have to be."""

from io import BytesIO

import segno


def png(scale: int = 1) -> bytes:
    """A picture of 29 by 29 for scale 1."""
    image = BytesIO()
    segno.make("x", micro=False).save(image, kind="png", scale=scale)
    return image.getvalue()


def sized(content: bytes, size: int) -> bytes:
    """The same file, made larger by what no reader minds."""
    return content + b"\0" * (size - len(content))


JPEG = bytes.fromhex(
    "ffd8 ffe0 0010 4a46494600 0101 00 0001 0001 00 00  ffc0 000b 08 0008 0009 01 01 11 00  ffd9".replace(" ", "")
)
"""9 by 8."""
GIF = b"GIF89a" + bytes.fromhex(
    "0100 0100 80 00 00 000000 ffffff 2c 0000 0000 0100 0100 00 02 02 4401 00 3b".replace(" ", "")
)
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x08\x00\x00\x08\x00\x00\x00\x00"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead"
MP3 = b"\xff\xfb\x90\x64" + bytes(60)
ID3 = b"ID3\x04\x00\x00" + bytes(60)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
M4A = b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00isomiso2"
ZIP_END = b"PK\x05\x06" + bytes(16) + b"\x00\x00"
