"""What an edited photo keeps of the photo's file, and that no earlier picture of the face does."""

from __future__ import annotations

import base64
import io
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from damage import png_chunk
from lgpgan.photos.credentials import MANIFEST_STORE, PIECE
from lgpgan.photos.embedded import holds_picture
from lgpgan.photos.marks import read_provenance
from lgpgan.photos.reading import CREDENTIALS_LEFT_OUT, read_photo
from lgpgan.photos.writing import write_photo

DONE = "Changed."
OUTPUTS = [".jpg", ".png", ".webp", ".tif", ".avif", ".bmp"]
STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"WEBP", b"II*\x00", b"MM\x00*", b"ftyp", b"GIF8")
ENCODED = (b"/9j/", b"iVBORw0KGgo", b"ffd8ff", b"FFD8FF", b"UklGR")
"""JPEG, PNG and WebP in base64, JPEG in hexadecimal digits."""

PHONE = Path(__file__).with_name("phone.heic")
"""A ramp of colours as HEIC, which nothing that lgpgan needs can write. Pictures of one grey are in
its maker note, its XMP, a comment, and behind it as a second picture. pillow-heif 1.8.1 wrote it.
"""
SUB_DIRECTORY = 330
"""The tag of TIFF that points to further directories."""

Base = ExifTags.Base


@pytest.fixture
def pixels() -> NDArray[np.uint8]:
    ramp = np.add.outer(np.arange(64), np.arange(80)).astype(np.uint8)
    return np.dstack([ramp, ramp[::-1], 255 - ramp])


def preview(kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.full((16, 16, 3), 77, np.uint8)).save(file, kind)
    return file.getvalue()


def encoded() -> str:
    return base64.b64encode(preview()).decode()


def embedded_pictures(content: bytes) -> list[bytes]:
    """Starts of pictures within a file, other than its own at the beginning."""
    own = 16  # bytes of the file's own start: "RIFF....WEBP", "....ftypavif"
    found = [start for start in STARTS if start in content[own:]]
    found += [start for start in ENCODED if start in content]
    blocks = sum(content[own:].count(start) for start in (b"II*\x00", b"MM\x00*"))
    if blocks == 1 and not content.startswith((b"II*\x00", b"MM\x00*")):  # the EXIF block's own
        found = [start for start in found if start not in (b"II*\x00", b"MM\x00*")]
    return found


def full_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[Base.Make] = "Camera"
    exif[Base.Artist] = "Ann"
    exif[Base.Copyright] = "Ann Other"
    exif[Base.ImageDescription] = "At home"
    exif[Base.XPComment] = preview()
    exif[Base.HostComputer] = f"data:image/jpeg;base64,{encoded()}"
    exif[Base.ImageResources] = b"8BIM\x04\x0c\x00\x00" + preview()
    exif[Base.OriginalRawFileData] = preview()
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            Base.MakerNote: b"Maker" + preview(),
            Base.UserComment: b"ASCII\x00\x00\x00" + encoded().encode(),
            Base.ExposureTime: 0.01,
            Base.BodySerialNumber: "S123456",
            Base.CameraOwnerName: "Ann Owner",
            Base.LensModel: "50 mm",
            Base.SubjectLocation: (10, 10),
            0xFDE8: preview(),  # nobody's
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 30.5), 27: preview()})
    return exif


def with_thumbnail(exif: Image.Exif) -> bytes:
    """The block with a second directory that holds a thumbnail, as cameras write it."""
    block = bytearray(exif.tobytes()[6:])
    order = "<" if block[:2] == b"II" else ">"
    at = struct.unpack_from(order + "I", block, 4)[0]
    count = struct.unpack_from(order + "H", block, at)[0]
    struct.pack_into(order + "I", block, at + 2 + 12 * count, len(block))
    picture, start = preview(), len(block) + 2 + 12 * 3 + 4
    block += struct.pack(order + "H", 3)
    for tag, kind, value in ((0x103, 3, 6), (0x201, 4, start), (0x202, 4, len(picture))):
        small = (
            struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
        )
        block += struct.pack(order + "HHI", tag, kind, 1) + small
    return b"Exif\x00\x00" + bytes(block + bytes(4) + picture)


def add_sub_directory(tiff: Path) -> None:
    """Give a TIFF a preview in a directory that its main one points to, as raw files have it."""
    content = bytearray(tiff.read_bytes())
    assert content[:2] == b"II"
    main = struct.unpack_from("<I", content, 4)[0]
    entries = range(main + 2, main + 2 + 12 * struct.unpack_from("<H", content, main)[0], 12)
    (pointer,) = (at for at in entries if struct.unpack_from("<H", content, at)[0] == SUB_DIRECTORY)
    struct.pack_into("<I", content, pointer + 8, len(content))
    picture = preview()
    reduced, size, jpeg, start, length = 0xFE, (0x100, 0x101), 0x103, 0x111, 0x117
    values = {reduced: 1, size[0]: 16, size[1]: 16, 0x102: 8, jpeg: 7, 0x106: 6}
    values |= {start: len(content) + 2 + 12 * 8 + 4, length: len(picture)}
    content += struct.pack("<H", len(values))
    content += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    tiff.write_bytes(content + bytes(4) + picture)


def full_xmp() -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:GImage="http://ns.google.com/photos/1.0/image/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:City="Ulm" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" GImage:Data="{encoded()}"/>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def make_photo(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """A photo with a preview of itself in every place that its format has for one."""
    image, exif, xmp = Image.fromarray(pixels), full_exif(), full_xmp()
    if path.suffix == ".jpg":
        second = Image.fromarray(np.full((32, 32, 3), 77, np.uint8))
        image.save(path, "MPO", save_all=True, append_images=[second], quality=90)
        content = path.read_bytes()
        block = with_thumbnail(exif)
        segments = b"".join(
            b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data
            for marker, data in (
                (0xE1, block),
                (0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + xmp),
                (0xED, b"Photoshop 3.0\x008BIM\x04\x0c\x00\x00" + preview()),
                (0xFE, b"comment " + encoded().encode()),
            )
        )
        path.write_bytes(content[:2] + segments + content[2:])
    elif path.suffix == ".png":
        texts = PngInfo()
        texts.add_text("Raw profile type exif", preview().hex())
        texts.add_text("Thumb", encoded())
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(path, pnginfo=texts, exif=exif)
    elif path.suffix == ".tif":
        directory = TiffImagePlugin.ImageFileDirectory_v2()
        directory[TiffImagePlugin.XMP] = xmp
        directory[34377] = b"8BIM\x04\x0c\x00\x00" + preview()
        directory[Base.Artist] = "Ann"
        directory[50740] = preview()
        directory.tagtype[50740] = 7
        directory[SUB_DIRECTORY] = 8
        directory.tagtype[SUB_DIRECTORY] = 4
        image.save(path, tiffinfo=directory)
        add_sub_directory(path)
    elif path.suffix == ".heic":
        pytest.importorskip("pi_heif", reason="pi-heif is not installed")
        path.write_bytes(PHONE.read_bytes())
    else:
        image.save(path, exif=exif, xmp=xmp)
    assert holds_picture(path.read_bytes()[16:])
    return path


@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", ".tif", ".avif", ".heic"])
def test_no_preview_of_the_photo_is_in_an_edit_of_it(
    tmp_path: Path, pixels: NDArray[np.uint8], source: str
) -> None:
    """Faces from before the edit came out in GImage:Data and other properties, in five formats."""
    photo = read_photo(make_photo(tmp_path / f"photo{source}", pixels))
    for suffix in OUTPUTS:
        path = tmp_path / f"edited{suffix}"
        write_photo(photo.pixels, path, photo, description=DONE)
        assert embedded_pictures(path.read_bytes()) == [], suffix
        assert suffix == ".bmp" or read_provenance(path) == DONE
        with Image.open(path) as image:
            assert getattr(image, "n_frames", 1) == 1
            assert not image.getexif().get_ifd(ExifTags.IFD.IFD1)


def test_the_preview_of_a_tiff_is_there_to_be_left_out(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    with Image.open(make_photo(tmp_path / "photo.tif", pixels)) as image:
        exif = image.getexif()
        assert exif[SUB_DIRECTORY]
        assert image.tag_v2[SUB_DIRECTORY]  # type: ignore[attr-defined]
    assert (tmp_path / "photo.tif").read_bytes().endswith(preview())


def test_private_edits_of_a_phones_photo(tmp_path: Path) -> None:
    photo = read_photo(make_photo(tmp_path / "photo.heic", np.empty(0, np.uint8)))
    for private in (False, True):
        path = tmp_path / "edited.jpg"
        write_photo(photo.pixels, path, photo, description=DONE, overwrite=True, private=private)
        content = path.read_bytes()
        assert b"Phone" in content
        assert [name for name in (b"Ann", b"Ulm") if (name in content) == private] == []


@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", ".avif"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_private_edits_say_how_but_not_by_whom_or_where(
    tmp_path: Path, pixels: NDArray[np.uint8], source: str, suffix: str
) -> None:
    photo = read_photo(make_photo(tmp_path / f"photo{source}", pixels))
    names = (b"Ann", b"S123456", b"At home", b"Ulm")
    for private in (False, True):
        path = tmp_path / f"edited{suffix}"
        write_photo(pixels, path, photo, description=DONE, overwrite=True, private=private)
        content = path.read_bytes()
        assert [name for name in names if (name in content) == private] == []
        with Image.open(path) as image:
            exif = image.getexif()
            assert bool(exif.get_ifd(ExifTags.IFD.GPSInfo)) != private
            assert exif[Base.Make] == "Camera"
            assert exif.get_ifd(ExifTags.IFD.Exif)[Base.LensModel] == "50 mm"
        assert b'xmp:Rating="4"' in content
        assert read_provenance(path) == DONE


def test_a_photo_of_which_nothing_is_impersonal(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    exif = Image.Exif()
    exif[Base.Artist] = "Ann"
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif)
    photo = read_photo(tmp_path / "a.jpg")
    write_photo(pixels, tmp_path / "b.jpg", photo, description=DONE, private=True)
    assert b"Ann" not in (tmp_path / "b.jpg").read_bytes()


def test_damaged_xmp_is_told(tmp_path: Path, pixels: NDArray[np.uint8]) -> None:
    """5,000 levels once ended the program with a RecursionError."""
    deep = b"<a>" * 5000 + b"</a>" * 5000
    Image.fromarray(pixels).save(tmp_path / "a.webp", xmp=deep)
    photo = read_photo(tmp_path / "a.webp")
    assert photo.xmp == ()
    assert photo.notes == ("The XMP packet cannot be used (it holds too much) and was left out.",)


def segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_content_credentials_do_not_vanish_without_a_word(
    tmp_path: Path, pixels: NDArray[np.uint8], suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(pixels).save(path)
    assert CREDENTIALS_LEFT_OUT not in read_photo(path).notes
    box = struct.pack(">I4sI4s", 40, b"jumb", 32, b"jumd") + MANIFEST_STORE + b"\x03c2pa\x00"
    content = path.read_bytes()
    if suffix == ".jpg":
        content = content[:2] + segment(0xEB, b"JP\x00\x01\x00\x00\x00\x01" + box) + content[2:]
    elif suffix == ".png":
        content = content[:33] + png_chunk(b"caBX", box) + content[33:]
    elif suffix == ".webp":
        content += b"C2PA" + struct.pack("<I", len(box)) + box
        content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    else:
        content += box
    path.write_bytes(content)
    photo = read_photo(path)
    assert photo.notes == (CREDENTIALS_LEFT_OUT,)
    write_photo(pixels, tmp_path / f"b{suffix}", photo, description=DONE)
    assert MANIFEST_STORE not in (tmp_path / f"b{suffix}").read_bytes()


def test_content_credentials_on_the_border_of_two_pieces(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    content = (tmp_path / "a.bmp").read_bytes()
    padded = content + bytes(PIECE - len(content) - 7) + MANIFEST_STORE
    (tmp_path / "a.bmp").write_bytes(padded)
    assert CREDENTIALS_LEFT_OUT in read_photo(tmp_path / "a.bmp").notes


@pytest.mark.parametrize(
    "value",
    [
        preview(),
        b"before" + preview("PNG"),
        preview("WEBP"),
        preview("GIF"),
        preview("TIFF"),
        preview("BMP").hex(),
        encoded(),
        encoded().encode("utf-16"),
        re.sub("(.{64})", r"\1\r\n", encoded()),
        base64.urlsafe_b64encode(bytes(range(256)) * 2).decode(),
    ],
    ids=lambda _: "picture",
)
def test_pictures_are_recognised(value: bytes | str) -> None:
    assert holds_picture(value)
    assert not holds_picture(value[:2])


@pytest.mark.parametrize(
    "value",
    [
        "A long description of a day at the sea, with many words. " * 50,
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "語" * 2000,
        "https://example.org/a/long/address/with/many/parts/and-words_in-it?and=a&query=b",
        "xmp.did:0123456789abcdef0123456789abcdef, 0123456789abcdef0123456789abcdef" * 2,
        "Jürgen Groß".encode("utf-16-le"),
        b"ASCII\x00\x00\x00At the sea",
    ],
    ids=lambda _: "words",
)
def test_words_are_no_pictures(value: bytes | str) -> None:
    assert not holds_picture(value)
