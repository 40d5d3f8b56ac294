"""XMP packets: what a photo's own packet says and may stay, and the packet that is written.

XMP is XML that may come from anywhere (ISO 16684-1). It is read with limits on its length, depth
and number of elements, and without a document type, so that no packet costs more than a moment. Of
what it says only properties of a fixed list are kept, as text or lists of text: whatever else a
packet holds, such as a preview of the photo before the edit, cannot come through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from lgpgan.photos.embedded import holds_picture

__all__ = [
    "DUBLIN_CORE",
    "IPTC_EXTENSION",
    "RDF",
    "XMP",
    "Property",
    "XmpError",
    "impersonal",
    "kept_properties",
    "parse_packet",
    "properties_in_xml",
    "text_in_xml",
]

LONGEST_PACKET = 4 * 2**20
"""Bytes; cameras write some kilobytes, Photoshop's history rarely reaches a megabyte."""
DEEPEST = 64
"""Levels of elements; structured properties need about ten."""
DEEPEST_ROOT = 3
"""Levels within which ``rdf:RDF`` begins; ``x:xmpmeta`` may be around it."""
MOST_ELEMENTS = 20_000
MOST_NAMESPACES = 200
"""Declarations of namespaces in all."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"
IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

PREFIXES = {
    DUBLIN_CORE: "dc",
    XMP: "xmp",
    IPTC_EXTENSION: "Iptc4xmpExt",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://creativecommons.org/ns#": "cc",
}
"""Namespaces of kept properties, by the prefixes that readers know them by."""

_IMPERSONAL = """
xmp: CreateDate ModifyDate MetadataDate Rating
exif: ExifVersion DateTimeOriginal DateTimeDigitized ExposureTime FNumber ExposureProgram
 ISOSpeedRatings ShutterSpeedValue ApertureValue BrightnessValue ExposureBiasValue MaxApertureValue
 SubjectDistance MeteringMode LightSource FocalLength SensingMethod CustomRendered ExposureMode
 WhiteBalance DigitalZoomRatio FocalLengthIn35mmFilm SceneCaptureType GainControl Contrast
 Saturation Sharpness SubjectDistanceRange
exifEX: PhotographicSensitivity SensitivityType RecommendedExposureIndex LensMake LensModel
 LensSpecification
aux: Lens LensInfo LensID FlashCompensation ApproximateFocusDistance
tiff: Make Model DateTime
"""
"""Properties that say how a photo was taken, but not by whom, of whom or where."""

_PERSONAL = """
dc: title creator rights subject publisher contributor date language source coverage type identifier
 relation
xmp: Label Nickname Identifier
xmpRights: Marked Owner UsageTerms WebStatement Certificate
xmpMM: DocumentID InstanceID OriginalDocumentID
photoshop: AuthorsPosition CaptionWriter Category City Country Credit DateCreated Headline
 Instructions Source State SupplementalCategories TransmissionReference Urgency
Iptc4xmpCore: AltTextAccessibility CountryCode ExtDescrAccessibility IntellectualGenre Location
 Scene SubjectCode
Iptc4xmpExt: AddlModelInfo Event ModelAge OrganisationInImageCode
 OrganisationInImageName PersonInImage
plus: CreditLineRequired ModelReleaseID ModelReleaseStatus PropertyReleaseID PropertyReleaseStatus
 MinorModelAgeDisclosure DataMining
exif: GPSAltitude GPSAltitudeRef GPSDateStamp GPSImgDirection GPSImgDirectionRef GPSLatitude
 GPSLongitude GPSMapDatum GPSSpeed GPSSpeedRef GPSTimeStamp GPSVersionID ImageUniqueID
exifEX: CameraOwnerName BodySerialNumber LensSerialNumber
aux: OwnerName SerialNumber LensSerialNumber
tiff: Artist Copyright
cc: license attributionName attributionURL morePermissions useGuidelines
"""
"""The other properties that are kept: people, places, rights, descriptions, serial numbers."""


def _names(text: str) -> frozenset[str]:
    spaces = {prefix: space for space, prefix in PREFIXES.items()}
    space, names = "", []
    for word in text.split():
        if word.endswith(":"):
            space = spaces[word[:-1]]
        else:
            names.append(f"{space}}}{word}")
    return frozenset(names)


IMPERSONAL = _names(_IMPERSONAL)
KEPT = IMPERSONAL | _names(_PERSONAL)
"""Names of the properties that are kept, as ``namespace}name``."""

_LISTS = {f"{RDF}}}{kind}": kind for kind in ("Alt", "Bag", "Seq")}
_ITEM = f"{RDF}}}li"
_DESCRIPTION = f"{RDF}}}Description"
_RESOURCE = f"{RDF}}}resource"
_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"} | {
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}
"""How a packet in UTF-16 begins: with the mark of the byte order, or with the first tag."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class XmpError(ValueError):
    """A packet is no XML, or goes beyond the limits."""


@dataclass(frozen=True)
class Property:
    """A property of the photo.

    Attributes:
        name: ``namespace}name``.
        kind: of the list, ``Alt``, ``Bag`` or ``Seq``; of a single value ``text``, or ``resource``
            where it is an address.
        values: language (may be empty) and text of each item; of a single value this one.
    """

    name: str
    kind: str
    values: tuple[tuple[str, str], ...]

    @property
    def qualified_name(self) -> str:
        """The name with the usual prefix."""
        space, _, name = self.name.partition("}")
        return f"{PREFIXES[space]}:{name}"

    @property
    def element(self) -> str:
        """A list or an address as XML."""
        name = self.qualified_name
        if self.kind == "resource":
            return f"<{name} rdf:resource={_quoted(self.values[0][1])}/>"
        items = (
            f"<rdf:li{f' xml:lang={_quoted(language)}' if language else ''}>"
            f"{text_in_xml(text)}</rdf:li>"
            for language, text in self.values
        )
        return f"<{name}><rdf:{self.kind}>{''.join(items)}</rdf:{self.kind}></{name}>"

    @property
    def attribute(self) -> str:
        """A single text as XML: it takes less room than an element."""
        return f" {self.qualified_name}={_quoted(self.values[0][1])}"


def text_in_xml(text: str) -> str:
    """``text`` as it stands in an element; what XML cannot hold is left out."""
    return escape(_NOT_IN_XML.sub("", text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text))


def parse_packet(packet: bytes) -> dict[str, Property]:
    """The properties of a packet by name, the first of each name.

    Structures, and texts with elements inside, are passed over.

    Raises:
        XmpError: when it is no XML, has a document type, or is too long, deep or full.
    """
    if len(packet) > LONGEST_PACKET:
        raise XmpError("it is too long")
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartNamespaceDeclHandler = reader.namespace
    try:
        parser.Parse(_trimmed(packet), True)
    except XmpError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise XmpError("it is no XML") from error
    return reader.properties


def _trimmed(packet: bytes) -> bytes | str:
    """A packet without the zeros and blanks around it that some programs write.

    Raises:
        ValueError: when it begins as UTF-16, but is not.
    """
    for start, encoding in _UTF_16.items():
        if packet.startswith(start):
            return packet.decode(encoding).strip("\ufeff\x00 \n\r\t")
    return packet.strip(b"\x00 \n\r\t")


def _refuse_document_type(*_: object) -> None:
    raise XmpError("it has a document type, which no packet needs and which can make it grow")


class _Reader:
    """Takes down the properties of a packet while it is parsed, without building a tree.

    A property is an attribute of ``rdf:Description``, or an element in it that holds a text, one
    list of texts, or an address. ``rdf:Description`` stands in ``rdf:RDF``.
    """

    def __init__(self) -> None:
        self.properties: dict[str, Property] = {}
        self.path: list[str] = []
        self.elements = self.namespaces = 0
        self.kind, self.usable = "text", True
        self.values: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def namespace(self, *_: object) -> None:
        self.namespaces += 1
        if self.namespaces > MOST_NAMESPACES:
            raise XmpError("it declares too many namespaces")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        self.path.append(name)
        if self.elements > MOST_ELEMENTS or len(self.path) > DEEPEST:
            raise XmpError("it holds too much")
        inside = self._levels_inside()
        more = [name for name in attributes if not name.startswith(f"{XML}}}")]
        if inside == 0:
            for attribute in more:
                if "}" in attribute and not attribute.startswith(f"{RDF}}}"):
                    self._add(Property(attribute, "text", (("", attributes[attribute]),)))
        elif inside == 1:
            self.kind, self.values, self.texts = "text", [], []
            self.usable = not more or more == [_RESOURCE]
            if more == [_RESOURCE]:
                self.kind, self.values = "resource", [("", attributes[_RESOURCE])]
        elif inside == 2 and name in _LISTS and self.kind == "text" and not more:
            self.kind = _LISTS[name]
        elif inside == 3 and name == _ITEM and self.kind in _LISTS.values() and not more:
            self.values.append((attributes.get(f"{XML}}}lang", ""), ""))
            self.texts = []
        elif inside is not None:  # a structure
            self.usable = False

    def text(self, text: str) -> None:
        self.texts.append(text)

    def end(self, name: str) -> None:
        inside = self._levels_inside()
        self.path.pop()
        if inside == 3 and self.values:
            self.values[-1] = (self.values[-1][0], "".join(self.texts))
        elif inside == 1 and self.usable:
            values = [("", "".join(self.texts))] if self.kind == "text" else self.values
            self._add(Property(name, self.kind, tuple(values)))

    def _add(self, found: Property) -> None:
        self.properties.setdefault(found.name, found)

    def _levels_inside(self) -> int | None:
        """Levels below the ``rdf:Description`` in ``rdf:RDF``; None outside of one."""
        if f"{RDF}}}RDF" not in self.path[:DEEPEST_ROOT]:
            return None
        inner = self.path[self.path.index(f"{RDF}}}RDF") + 1 :]
        return len(inner) - 1 if inner and inner[0] == _DESCRIPTION else None


def kept_properties(packet: bytes) -> tuple[Property, ...]:
    """What of a photo's packet stays true and harmless in an edit of it.

    Written out, they take no more room than the packet did: what is beyond that is left out. It
    takes a rare encoding to come to that.

    Raises:
        XmpError: when the packet is no XML, has a document type, or is too long, deep or full.
    """
    kept = [
        found
        for name, found in parse_packet(packet).items()
        if name in KEPT and not any(map(holds_picture, chain.from_iterable(found.values)))
    ]
    while len(properties_in_xml(kept).encode()) > len(packet):
        kept.pop()
    return tuple(kept)


def impersonal(properties: Iterable[Property]) -> tuple[Property, ...]:
    """The kept properties that name neither people nor places, and identify no device."""
    return tuple(found for found in properties if found.name in IMPERSONAL)


def properties_in_xml(properties: Sequence[Property]) -> str:
    """A block of properties for a packet; empty where there are none."""
    if not properties:
        return ""
    spaces = dict.fromkeys(found.name.partition("}")[0] for found in properties)
    declared = "".join(f' xmlns:{PREFIXES[space]}="{space}"' for space in spaces)
    texts = "".join(found.attribute for found in properties if found.kind == "text")
    others = "".join(found.element for found in properties if found.kind != "text")
    return f'  <rdf:Description rdf:about=""{declared}{texts}>{others}</rdf:Description>\n'
