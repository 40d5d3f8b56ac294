"""Small files that would unfold to gigabytes are refused before any memory is taken for them."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from tiny_run import CONFIG, SHAPE

from damage import png_chunk
from lgpgan.datasets.prepared import CHECKSUMS
from lgpgan.photos.reading import MAXIMUM_MEGAPIXELS
from lgpgan.training.state import TrainingState
from small_set import Entry, write_small_set

SPARE = 500
"""Megabytes that a refusal may take beyond what importing takes; every bomb here is larger."""

READ = """
import resource, sys
from pathlib import Path
{imports}
from lgpgan.errors import InputError
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in map(Path, sys.argv[1:]):
    try:
        {call}
    except InputError as error:
        print(f"{{path.name}}: refused")
    else:
        print(f"{{path.name}}: read")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - taken) // 1024)
"""


def outcome(imports: str, call: str, *paths: Path) -> tuple[list[str], int]:
    """What became of each file in a process of its own, and the megabytes that it took at most."""
    code = READ.format(imports=imports, call=call)
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True
    )
    *lines, megabytes = done.stdout.splitlines()
    return lines, int(megabytes)


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (png_chunk(b"IHDR", header), *chunks, png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def zeros(megabytes: int) -> bytes:
    """So many zero bytes, in a thousandth of them: one packed megabyte, again and again."""
    packer = zlib.compressobj()
    start = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + (megabytes - 1) * again + packer.flush()


@pytest.fixture(scope="module")
def photo_bombs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bombs")
    side = 60_000  # 3,600 megapixels: 11 GB
    assert side * side > MAXIMUM_MEGAPIXELS * 1_000_000
    much = zeros(900)
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(64 * 193)))
    (folder / "pixels.png").write_bytes(png(side, side, png_chunk(b"IDAT", much)))
    (folder / "profile.png").write_bytes(png(64, 64, png_chunk(b"iCCP", b"a\0\0" + much), pixels))
    (folder / "text.png").write_bytes(png(64, 64, png_chunk(b"zTXt", b"a\0\0" + much), pixels))
    (folder / "words.png").write_bytes(
        png(64, 64, png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + much), pixels)
    )
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(folder / "whole.tif")
    tiff = bytearray((folder / "whole.tif").read_bytes())
    at = struct.unpack_from("<I", tiff, 4)[0]
    for entry in range(struct.unpack_from("<H", tiff, at)[0]):
        place = at + 2 + 12 * entry
        if struct.unpack_from("<H", tiff, place)[0] in (256, 257):  # width and height
            struct.pack_into("<HII", tiff, place + 2, 4, 1, side)
    (folder / "pixels.tif").write_bytes(bytes(tiff))
    (folder / "whole.tif").unlink()
    return sorted(folder.iterdir())


def test_photos(photo_bombs: list[Path]) -> None:
    lines, megabytes = outcome(
        "from lgpgan.photos.reading import read_photo", "read_photo(path)", *photo_bombs
    )
    assert [line.partition(": ")[0] for line in lines] == [path.name for path in photo_bombs]
    assert "pixels.png: refused" in lines
    assert "pixels.tif: refused" in lines
    assert megabytes < SPARE


def enormous_weights(folder: Path, weights: Path) -> None:
    """Networks were built before anyone looked whether the file held them: of 230 GB, say."""
    with safe_open(weights, framework="pt") as opened:
        said = json.loads(opened.metadata()["lgpgan"])
        state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    for name, value in (("width", 4000), ("width", 20_000), ("residual_blocks", 10**9)):
        generator = said["config"]["global_generator"] | {name: value}
        changed = said | {"config": said["config"] | {"global_generator": generator}}
        file = folder / f"{name}_{value}.safetensors"
        save_file(state, file, {"lgpgan": json.dumps(changed)})


def compressed_checkpoint(folder: Path) -> None:
    """They were unpacked, whatever their size; torch compresses none."""
    TrainingState(CONFIG, SHAPE, "hash", torch.device("cpu")).save(folder / "whole.pt")
    with (
        zipfile.ZipFile(folder / "whole.pt") as whole,
        zipfile.ZipFile(folder / "packed.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in whole.namelist():
            packed.writestr(name, whole.read(name))


def enormous_face(folder: Path, side: int) -> None:
    """OpenCV decoded it before anyone looked at its size, up to 3 GB; beyond it raised its own."""
    prepared = write_small_set(folder, [Entry("ann", "happy")])
    (folder / CHECKSUMS).unlink()
    content = png(side, side, png_chunk(b"IDAT", zeros(900)))
    (folder / prepared.records[0].file_name).write_bytes(content)


def test_weights_checkpoints_and_sets(tmp_path: Path, weights: Path) -> None:
    enormous_weights(tmp_path, weights)
    compressed_checkpoint(tmp_path)
    for side in (30_000, 60_000):
        enormous_face(tmp_path / f"{side}.set", side)
    paths = sorted(tmp_path.iterdir())
    imports = """
import torch
from lgpgan.datasets.faces import load_faces
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.methods.weights import load_method
from lgpgan.training.state import TrainingState

def load_set(folder):
    prepared = PreparedSet.load(folder)
    load_faces(prepared, prepared.records)

readers = {
    ".set": load_set,
    ".safetensors": load_method,
    ".pt": lambda path: TrainingState.load(path, "hash", torch.device("cpu")),
}
"""
    lines, megabytes = outcome(imports, "readers[path.suffix](path)", *paths)
    whole = tmp_path / "whole.pt"
    wanted = [f"{path.name}: {'read' if path == whole else 'refused'}" for path in paths]
    assert lines == wanted
    assert megabytes < SPARE
