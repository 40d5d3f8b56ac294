"""XMP from anywhere: nothing in it costs more than a moment, and no picture comes through."""

from __future__ import annotations

import base64
import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from lgpgan.photos.marks import description_in_xmp, xmp_packet
from lgpgan.photos.xmp import (
    KEPT,
    LONGEST_PACKET,
    MOST_ELEMENTS,
    Property,
    XmpError,
    impersonal,
    kept_properties,
    properties_in_xml,
)

SPACES = """
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
xmlns:GImage="http://ns.google.com/photos/1.0/image/" xmlns:cc="http://creativecommons.org/ns#"
xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"
xmlns:xmpGImg="http://ns.adobe.com/xap/1.0/g/img/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
"""


def packet(inner: str = "", attributes: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {SPACES} {attributes}>{inner}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def kept(packet: bytes) -> dict[str, tuple[str, ...]]:
    return {
        found.qualified_name: tuple(text for _, text in found.values)
        for found in kept_properties(packet)
    }


def preview() -> str:
    file = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(file, "JPEG")
    return base64.b64encode(file.getvalue()).decode()


def test_texts_lists_and_addresses_are_kept() -> None:
    read = kept(
        packet(
            "<dc:title><rdf:Alt><rdf:li xml:lang='de'>A &amp; B</rdf:li></rdf:Alt></dc:title>"
            "<dc:subject><rdf:Bag><rdf:li>sea</rdf:li> <rdf:li>sun</rdf:li></rdf:Bag></dc:subject>"
            '<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>'
            "<xmp:Rating>4</xmp:Rating>",
            'photoshop:City="Köln &quot;am Rhein&quot;"',
        )
    )
    assert read == {
        "photoshop:City": ('Köln "am Rhein"',),
        "dc:title": ("A & B",),
        "dc:subject": ("sea", "sun"),
        "cc:license": ("https://creativecommons.org/licenses/by/4.0/",),
        "xmp:Rating": ("4",),
    }


def test_what_is_kept_reads_the_same_again() -> None:
    before = kept_properties(
        packet(
            "<dc:creator><rdf:Seq><rdf:li>Ann &lt;a&gt;</rdf:li></rdf:Seq></dc:creator>"
            "<photoshop:Headline>two\nlines\r&#13;, 'one' \"mark\"</photoshop:Headline>"
            '<cc:license rdf:resource="https://example.org/?a=1&amp;b=2"/>'
        )
    )
    written = xmp_packet("Done.", before)
    again = kept_properties(written)
    assert set(before) <= set(again)
    assert description_in_xmp(written) == "Done."


@pytest.mark.parametrize(
    "inner",
    [
        "<GImage:Data>{0}</GImage:Data>",
        "<GDepth:Data>{0}</GDepth:Data>",
        "<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType='Resource'><xmpGImg:image>{0}"
        "</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>",
        "<xmp:PageInfo><rdf:Seq><rdf:li><rdf:Description><xmpGImg:image>{0}</xmpGImg:image>"
        "</rdf:Description></rdf:li></rdf:Seq></xmp:PageInfo>",
        "<dc:title><rdf:Alt><rdf:li>{0}</rdf:li></rdf:Alt></dc:title>",
        "<dc:title><rdf:Alt><rdf:li xml:lang='{0}'>x</rdf:li></rdf:Alt></dc:title>",
        "<dc:title><rdf:Alt><rdf:li><xmpGImg:image>{0}</xmpGImg:image></rdf:li></rdf:Alt></dc:title>",
        "<photoshop:Headline>data:image/jpeg;base64,{0}</photoshop:Headline>",
        "<cc:license rdf:resource='data:image/jpeg;base64,{0}'/>",
    ],
)
def test_pictures_do_not_come_through(inner: str) -> None:
    """Previews of the face before the edit once came out in every format."""
    encoded = preview()
    lines = "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    for picture in (encoded, lines, lines.replace("\n", "&#xA;"), encoded.encode().hex()):
        written = xmp_packet("Done.", kept_properties(packet(inner.format(picture))))
        assert encoded[:40] not in written.decode()
        assert len(written) < 2000
    attribute = packet("", f'GImage:Data="{encoded}" xmp:Rating="4"')
    assert kept(attribute) == {"xmp:Rating": ("4",)}


def test_a_list_of_allowed_names_decides() -> None:
    """A list of forbidden ones missed whatever it did not name."""
    unknown = 'xmp:Anything="a" tiff:Orientation="6" exif:MakerNote="x" GImage:Mime="image/jpeg"'
    assert kept(packet("", unknown)) == {}
    assert all("Thumbnail" not in name and name.count("}") == 1 for name in KEPT)


def test_private_packets_name_nobody() -> None:
    properties = kept_properties(
        packet(
            "<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li></rdf:Seq></dc:creator>",
            'exif:GPSLatitude="48,8N" photoshop:City="Köln" xmp:Rating="4" tiff:Make="Camera"',
        )
    )
    assert len(properties) == 5
    names = {found.qualified_name for found in impersonal(properties)}
    assert names == {"xmp:Rating", "tiff:Make"}


def bombs() -> dict[str, bytes]:
    """What once took minutes or gigabytes, by what it is."""
    entity = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{"&" + before + ";" * 1}{("&" + before + ";") * 9}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    body = packet("<dc:title>&i;</dc:title>").decode()
    declared = "".join(f' xmlns:n{number}="u:{number}"' for number in range(6000))
    many = "".join(f'<n{n}:a xmlns:n{n}="u:{n}"/>' for n in range(3000))
    return {
        "namespaces": packet("<dc:title>x</dc:title>" * 500, declared),
        "namespaces one by one": packet(many),
        "entities": (entity + "]>" + body).encode(),
        "entities in UTF-16": (entity + "]>" + body).encode("utf-16"),
        "document type": b"<!DOCTYPE a>" + packet(),
        "depth": packet("<dc:title>" * 5000 + "</dc:title>" * 5000),
        "depth without an end": packet("<dc:title>" * 100_000),
        "elements": packet("<dc:title/>" * (MOST_ELEMENTS + 1)),
        "length": packet("<dc:title>" + "a " * (LONGEST_PACKET // 2) + "</dc:title>"),
        "not closed": packet()[:-5],
        "no XML": b"no XML",
        "nothing": b"\x00",
        "unknown encoding": b'<?xml version="1.0" encoding="utf-7"?><a/>',
        "prefix without a namespace": packet("<foo:bar/>"),
    }


@pytest.mark.parametrize("name", sorted(bombs()))
def test_bombs_are_left_out_at_once(name: str) -> None:
    """165 kB of declarations took 153 s and 1.5 GB, a document type made 60 MB of 0.8."""
    content = bombs()[name]
    tracemalloc.start()
    try:
        with pytest.raises(XmpError):
            kept_properties(content)
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()
    assert description_in_xmp(content) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    "inner",
    [
        "<photoshop:Headline><![CDATA[" + "&<" * 5000 + "]]></photoshop:Headline>",
        "<photoshop:Headline>" + "語 " * 5000 + "</photoshop:Headline>",
        "<photoshop:Headline>" + "\"'> \n" * 3000 + "</photoshop:Headline>",
        "".join(f"<dc:subject><rdf:Bag>{'<rdf:li/>' * 3000}</rdf:Bag></dc:subject>" for _ in "ab"),
    ],
)
def test_what_is_written_is_no_larger_than_what_was_read(inner: str, encoding: str) -> None:
    before = packet(inner).decode().encode(encoding)
    written = xmp_packet("Done.", kept_properties(before))
    assert len(written) <= len(before) + len(xmp_packet("Done."))
    assert description_in_xmp(written) == "Done."


def test_nothing_kept_is_nothing_written() -> None:
    assert properties_in_xml(()) == ""
    name = "http://purl.org/dc/elements/1.1/}title"
    assert "\x00" not in properties_in_xml([Property(name, "text", (("", "a\x00b"),))])
