"""The mark that says of a picture that it is synthetic, in every kind of file that lgpgan writes.

The mark is an XMP packet with IPTC's *digital source type*, the program's name and version, and a
sentence on what was done. Every writer of every room takes it from here. Nothing in it depends on
the time or the place, so that the same edit gives the same bytes.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import lgpgan
from lgpgan.errors import InputError
from lgpgan.files import regular_file
from lgpgan.photos.xmp import (
    DUBLIN_CORE,
    IPTC_EXTENSION,
    LONGEST_PACKET,
    RDF,
    XMP,
    Property,
    XmpError,
    parse_packet,
    properties_in_xml,
    text_in_xml,
)

__all__ = [
    "SourceType",
    "description_in_xmp",
    "gif_with_packet",
    "jpeg_marks",
    "mark_of",
    "marked_png",
    "packet_box",
    "pdf_marks",
    "png_marks",
    "read_provenance",
    "software",
    "xmp_packet",
]


class SourceType(StrEnum):
    """IPTC's terms for pictures that are not photographs: cv.iptc.org/newscodes/digitalsourcetype.

    They are written as addresses.
    """

    EDITED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    """A photo of which a generative model made a part."""
    RENDERED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
    """A photo and rendered graphics put together."""


@cache
def software() -> str:
    """Name and version of this program, as it goes into the files it writes."""
    return f"lgpgan {lgpgan.__version__}"


def xmp_packet(
    description: str,
    kept: Sequence[Property] = (),
    *,
    source: SourceType = SourceType.EDITED,
) -> bytes:
    """The XMP packet that marks a picture as synthetic.

    Args:
        description: one sentence on what was done.
        kept: properties of the photo that go on being true.
        source: what kind of picture it is.
    """
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n'
        '  <rdf:Description rdf:about=""\n'
        f'    xmlns:dc="{DUBLIN_CORE}"\n'
        f'    xmlns:xmp="{XMP}"\n'
        f'    xmlns:Iptc4xmpExt="{IPTC_EXTENSION}"\n'
        f'    xmp:CreatorTool="{software()}"\n'
        f'    Iptc4xmpExt:DigitalSourceType="{source}">\n'
        "   <dc:description>\n"
        "    <rdf:Alt>\n"
        f'     <rdf:li xml:lang="x-default">{text_in_xml(description)}</rdf:li>\n'
        "    </rdf:Alt>\n"
        "   </dc:description>\n"
        "  </rdf:Description>\n"
        f"{properties_in_xml(kept)}"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()


def description_in_xmp(packet: bytes) -> str | None:
    """The sentence of a packet that `xmp_packet` made, also after a tool has rewritten it.

    None when the packet is not ours, or not XML.
    """
    if b"lgpgan " not in packet.replace(b"\0", b""):  # nor in UTF-16: it need not be parsed
        return None
    try:
        properties = parse_packet(packet)
    except XmpError:
        return None

    def value(name: str) -> str:
        found = properties.get(name)
        return found.values[0][1].strip() if found is not None and found.values else ""

    if value(f"{IPTC_EXTENSION}}}DigitalSourceType") not in list(SourceType):
        return None
    if not value(f"{XMP}}}CreatorTool").startswith("lgpgan "):
        return None
    return value(f"{DUBLIN_CORE}}}description")


def mark_of(image: Image.Image) -> str | None:
    """The sentence of lgpgan's mark on an image that was read from a file; None without one."""
    packet = image.info.get("xmp")
    return description_in_xmp(packet) if isinstance(packet, bytes) else None


def png_marks(description: str, packet: bytes | None = None) -> PngInfo:
    """The text chunks that mark a PNG.

    Args:
        description: one sentence on what was done.
        packet: the XMP packet; one without a photo's properties if None.
    """
    texts = PngInfo()
    texts.add_text("Software", software())
    texts.add_text("Description", description)
    texts.add_itxt("XML:com.adobe.xmp", (packet or xmp_packet(description)).decode())
    return texts


def marked_png(
    pixels: NDArray[np.uint8],
    description: str,
    *,
    source: SourceType = SourceType.EDITED,
    compression: int = 4,
) -> bytes:
    """A PNG that says that it is synthetic.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        description: one sentence on what was done.
        source: what kind of picture it is.
        compression: zlib's level. 4 is as small as the usual 6 on photos, in a third of the time.
    """
    file = io.BytesIO()
    marks = png_marks(description, xmp_packet(description, source=source))
    Image.fromarray(pixels).save(file, "PNG", pnginfo=marks, compress_level=compression)
    return file.getvalue()


def jpeg_marks(description: str | None) -> dict[str, bytes]:
    """What Pillow is told to mark a JPEG; nothing where there is nothing to say.

    Args:
        description: one sentence on what was done; None of a picture that is not synthetic.
    """
    return {} if description is None else {"xmp": xmp_packet(description)}


def pdf_marks(description: str) -> dict[str, str]:
    """The entries of a PDF's information dictionary that mark it."""
    return {"Subject": description, "Keywords": str(SourceType.EDITED), "Creator": software()}


_GIF_EXTENSION = b"\x21\xff\x0bXMP DataXMP"
_GIF_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
"""Whatever byte of a packet a reader takes for a length, it ends here (XMP part 3, 1.1.2)."""


def gif_with_packet(gif: bytes, packet: bytes) -> bytes:
    """A GIF with an XMP packet in front of its first picture."""
    colours = 3 * 2 ** ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0
    at = 13 + colours
    return gif[:at] + _GIF_EXTENSION + packet + _GIF_TRAILER + gif[at:]


def _packet_in_gif(stream: BinaryIO) -> bytes | None:
    start = stream.read(LONGEST_PACKET)
    _, extension, rest = start.partition(_GIF_EXTENSION)
    packet, trailer, _ = rest.partition(_GIF_TRAILER)
    return packet if extension and trailer else None


_PACKET_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""The box of MP4 files that holds an XMP packet (XMP part 3, 1.3.2)."""


def packet_box(packet: bytes) -> bytes:
    """The box with an XMP packet, to be put at the end of an MP4 file."""
    return struct.pack(">I4s", 24 + len(packet), b"uuid") + _PACKET_BOX + packet


def _packet_in_mp4(stream: BinaryIO) -> bytes | None:
    at = stream.seek(0)
    while len(header := stream.read(32)) >= 8:
        size, kind = struct.unpack_from(">I4s", header)
        if size == 1 and len(header) >= 16:
            size = struct.unpack_from(">Q", header, 8)[0]
        if kind == b"uuid" and header[8:24] == _PACKET_BOX and 24 <= size <= LONGEST_PACKET:
            stream.seek(at + 24)
            return stream.read(size - 24)
        if size < 8:  # the last box, or a damaged one
            return None
        at = stream.seek(at + size)
    return None


_PICTURES = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF")


def read_provenance(path: str | Path) -> str | None:
    """The description with which lgpgan marked a picture or an animation; None without a mark.

    Raises:
        InputError: when ``path`` is neither.
    """
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            regular_file(Path(path)).open("rb") as stream,
        ):
            start = stream.read(12)
            stream.seek(0)
            if start.startswith(b"GIF8"):
                packet = _packet_in_gif(stream)
            elif start[4:8] == b"ftyp" and start[8:12] not in (b"avif", b"avis"):
                packet = _packet_in_mp4(stream)
            else:
                with Image.open(stream, formats=_PICTURES) as image:
                    return mark_of(image)
    except (OSError, ValueError, SyntaxError, OverflowError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be read as an image; check what it is.") from error
    return None if packet is None else description_in_xmp(packet)
