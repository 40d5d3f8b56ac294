"""What an edited photo says of itself: the EXIF taken over, and the mark that it is synthetic.

The mark is an XMP packet with IPTC's *digital source type* (https://cv.iptc.org/newscodes/
digitalsourcetype), the program's name and version, and a sentence on the edit. Nothing here depends
on the time or the place, so that the same edit gives the same bytes.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree

from PIL import ExifTags, Image

import lgpgan

__all__ = [
    "DIGITAL_SOURCE_TYPE",
    "description_in_xmp",
    "descriptive_exif",
    "exif_bytes",
    "exif_tags",
    "software",
    "xmp_packet",
]

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's term for a picture of which a generative model made a part."""

_XMP = "http://ns.adobe.com/xap/1.0/"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_LEFT_OUT = frozenset(
    (
        f"{{{_IPTC_EXTENSION}}}DigitalSourceType",
        f"{{{_XMP}}}CreatorTool",
        f"{{{_DUBLIN_CORE}}}description",
        f"{{{_XMP}}}Thumbnails",
        "{http://ns.adobe.com/tiff/1.0/}Orientation",
        "{http://ns.adobe.com/tiff/1.0/}ImageWidth",
        "{http://ns.adobe.com/tiff/1.0/}ImageLength",
        "{http://ns.adobe.com/exif/1.0/}PixelXDimension",
        "{http://ns.adobe.com/exif/1.0/}PixelYDimension",
        "{http://ns.adobe.com/xmp/note/}HasExtendedXMP",
    )
)
"""Properties of a photo's packet that are not taken over: ours says them, or they became untrue."""

_NOT_PROPERTIES = (_RDF, "http://www.w3.org/2000/xmlns/", "http://www.w3.org/XML/1998/namespace")
"""Namespaces of XML and RDF themselves."""

_KEPT_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.XResolution,
    ExifTags.Base.YResolution,
    ExifTags.Base.ResolutionUnit,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.HostComputer,
    ExifTags.Base.Rating,
    ExifTags.Base.Copyright,
    ExifTags.Base.XPTitle,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPKeywords,
    ExifTags.Base.XPSubject,
)
"""Tags of the main directory that describe the photo. The rest describe the layout of a file."""

_FOLDERS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@cache
def software() -> str:
    """Name and version of this program, as it goes into the files it writes."""
    return f"lgpgan {lgpgan.__version__}"


def descriptive_exif(exif: Image.Exif, width: int, height: int) -> Image.Exif:
    """The part of ``exif`` that stays true of an edited, upright photo of the size given.

    Orientation and file layout are left out, and so are the thumbnail, which shows the face before
    the edit, and the maker notes, which may hold another preview and break when moved.
    """
    kept = Image.Exif()
    for tag in _KEPT_TAGS:
        if tag in exif:
            kept[tag] = exif[tag]
    for folder in _FOLDERS:
        values = dict(exif.get_ifd(folder))
        if folder is ExifTags.IFD.Exif:
            values.pop(ExifTags.Base.MakerNote, None)
            values.pop(ExifTags.IFD.Interop, None)
            for tag, size in (
                (ExifTags.Base.ExifImageWidth, width),
                (ExifTags.Base.ExifImageHeight, height),
            ):
                if tag in values:
                    values[tag] = size
        if values:
            kept.get_ifd(folder).update(values)
    return kept


def exif_tags(exif: Image.Exif) -> dict[int, Any]:
    """Tag to value of ``exif``, directories as dictionaries, ready for a TIFF directory.

    Text is given back as the bytes it was read from: Pillow reads Latin-1 but writes ASCII only,
    and would turn an author's umlauts into question marks.
    """

    def as_read(value: Any) -> Any:
        return value.encode("latin-1", "replace") if isinstance(value, str) else value

    tags: dict[int, Any] = {
        int(tag): as_read(value) for tag, value in exif.items() if tag not in _FOLDERS
    }
    for folder in _FOLDERS:
        if values := exif.get_ifd(folder):
            tags[int(folder)] = dict(values)
    return tags


def exif_bytes(exif: Image.Exif) -> bytes:
    """``exif`` as the block that JPEG, PNG and WebP hold, with its six-byte prefix."""
    packed = Image.Exif()
    for tag, value in exif_tags(exif).items():
        packed[tag] = value
    return packed.tobytes()


def xmp_packet(description: str, before: bytes | None = None) -> bytes:
    """The XMP packet that marks a picture as synthetic.

    Args:
        description: what was done.
        before: the photo's own packet; what it says is kept, but for what is no longer true and
            for what ours says itself.
    """
    text = escape(_NOT_IN_XML.sub("", description), quote=False)
    kept = "" if before is None else _kept_properties(before)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{_RDF}">\n'
        '  <rdf:Description rdf:about=""\n'
        f'    xmlns:dc="{_DUBLIN_CORE}"\n'
        f'    xmlns:xmp="{_XMP}"\n'
        f'    xmlns:Iptc4xmpExt="{_IPTC_EXTENSION}"\n'
        f'    xmp:CreatorTool="{software()}"\n'
        f'    Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}">\n'
        "   <dc:description>\n"
        "    <rdf:Alt>\n"
        f'     <rdf:li xml:lang="x-default">{text}</rdf:li>\n'
        "    </rdf:Alt>\n"
        "   </dc:description>\n"
        "  </rdf:Description>\n"
        f"{kept}"
        " </rdf:RDF>\n"
        "</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    ).encode()


def description_in_xmp(packet: bytes) -> str | None:
    """The sentence of a packet that `xmp_packet` made, also after a tool has rewritten it.

    None when the packet is not ours, or not XML.
    """
    root = _parsed(packet)
    if root is None:
        return None

    def holds(name: str, start: str) -> bool:
        return any(
            (element.get(name) or "").startswith(start)
            or (element.tag == name and (element.text or "").strip().startswith(start))
            for element in root.iter()
        )

    if not holds(f"{{{_IPTC_EXTENSION}}}DigitalSourceType", DIGITAL_SOURCE_TYPE):
        return None
    if not holds(f"{{{_XMP}}}CreatorTool", "lgpgan "):
        return None
    text = root.find(f".//{{{_DUBLIN_CORE}}}description/{{{_RDF}}}Alt/{{{_RDF}}}li")
    return "" if text is None else text.text or ""


def _parsed(packet: bytes) -> ElementTree.Element | None:
    """The root of a packet; None when it is not XML."""
    if b"<!" in packet:  # no XMP needs a document type; entities could blow it up
        return None
    try:
        return ElementTree.fromstring(packet.strip(b"\x00 \n"))
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError):
        return None


def _kept_properties(packet: bytes) -> str:
    """What a photo's packet says that stays true of an edit, as XML for another packet.

    Prefixes stay as they are: readers take a known namespace by its usual prefix only.
    """
    if _parsed(packet) is None:
        return ""
    document = minidom.parseString(packet.strip(b"\x00 \n"))
    blocks = [
        block
        for holder in document.getElementsByTagNameNS(_RDF, "RDF")
        for block in holder.childNodes
        if isinstance(block, minidom.Element)
        and (block.namespaceURI, block.localName) == (_RDF, "Description")
    ]
    return "".join(map(_kept_block, blocks))


def _kept_block(block: minidom.Element) -> str:
    """One block of properties, which are its attributes and children."""
    ours = [node for node in (*block.attributes.values(), *block.childNodes) if _is_property(node)]
    if not ours:
        return ""
    kept = minidom.Document().createElement("rdf:Description")
    outer: minidom.Node | None = block
    while isinstance(outer, minidom.Element):
        for name, value in outer.attributes.items():
            if name.startswith("xmlns:") and not kept.hasAttribute(name):
                kept.setAttribute(name, value)
        outer = outer.parentNode
    kept.setAttribute("xmlns:rdf", _RDF)
    kept.setAttribute("rdf:about", "")
    for node in ours:
        if isinstance(node, minidom.Attr):
            kept.setAttribute(node.name, node.value)
        else:
            kept.appendChild(node)
    return f"  {kept.toxml()}\n"


def _is_property(node: minidom.Node) -> bool:
    """Whether it says something of the photo that is to be kept."""
    space = node.namespaceURI
    named = isinstance(node, minidom.Attr | minidom.Element) and space is not None
    return (
        named and space not in _NOT_PROPERTIES and f"{{{space}}}{node.localName}" not in _LEFT_OUT
    )
