"""What many tests share: real data, a demo photo, a small head, a small set, untrained weights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from aligned_face import AlignedFace
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.editing.editor import Editor
from lgpgan.face3d.face_model import FaceModel
from lgpgan.face3d.fitting import fit
from lgpgan.face3d.scene import Scene
from lgpgan.faces.alignment import align, warp
from lgpgan.faces.detection import Face
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.methods.lgpgan import FlowLgpGan
from lgpgan.methods.lgpgan.shapes import flow_networks
from lgpgan.recognisers.framing import tight_crop
from lgpgan.studio.builder import StudioOptions, build_studio_set
from lgpgan.studio.photos import PhotoEntry
from random_weights import write_weights
from sitting import Sitting
from small_head import small_head as make_small_head
from small_head import write_compact

pytest_plugins = ["dead_workers", "small_graphs", "unforeseen"]

torch.set_num_threads(1)
cv2.setNumThreads(1)

_HYPOTHESIS = {
    "deadline": None,  # what a busy machine takes says nothing
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    "print_blob": True,
}
settings.register_profile("quick", max_examples=100, derandomize=True, database=None, **_HYPOTHESIS)
settings.register_profile("nightly", max_examples=4000, **_HYPOTHESIS)
settings.load_profile("quick")  # the other one with: pytest --hypothesis-profile nightly


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photos and the real 3-D face; the test is skipped where it is absent."""
    folder = Path(os.environ.get("LGPGAN_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "data").is_dir() or not (folder / "facekit").is_dir():
        pytest.skip(f"real photos and ICT-FaceKit are not at {folder}; name it with LGPGAN_SHARED")
    return folder


@pytest.fixture(scope="session")
def cases(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collections and photos as people keep them, which a writer beside the real photos makes."""
    writer = shared / "cases/make_collections.py"
    if not writer.is_file():
        pytest.skip(f"{writer} is absent")
    folder = tmp_path_factory.mktemp("cases")
    subprocess.run([sys.executable, str(writer), str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """The demo photo (512, 512, 3)."""
    return np.asarray(data.astronaut(), np.uint8)


@pytest.fixture(scope="session")
def astronaut_face(astronaut: NDArray[np.uint8]) -> Face:
    """The one face in it."""
    (face,) = DlibDetector().detect(astronaut)
    return face


@pytest.fixture(scope="session")
def small_head() -> FaceModel:
    """The head that the tests make themselves."""
    return make_small_head()


@pytest.fixture(scope="session")
def small_head_file(tmp_path_factory: pytest.TempPathFactory, small_head: FaceModel) -> Path:
    """The small head in the compact form of ICT-FaceKit."""
    return write_compact(tmp_path_factory.mktemp("face_model") / "small_head.npz", small_head)


@pytest.fixture(scope="session")
def portraits(
    tmp_path_factory: pytest.TempPathFactory, astronaut: NDArray[np.uint8]
) -> tuple[Path, Path]:
    """Two photos that differ in place, size and colour, as files."""
    folder = tmp_path_factory.mktemp("portraits")
    first, second = folder / "first.png", folder / "second.png"
    Image.fromarray(astronaut[:320, 60:380]).save(first)
    crop = cv2.resize(astronaut[:300, 90:370], (308, 330), interpolation=cv2.INTER_CUBIC)
    tinted = np.clip(crop.astype(np.float64) * (0.9, 0.8, 0.7) + 6, 0, 255).astype(np.uint8)
    Image.fromarray(tinted).save(second)
    return first, second


@pytest.fixture(scope="session")
def studio_set(
    tmp_path_factory: pytest.TempPathFactory, portraits: tuple[Path, Path], small_head_file: Path
) -> PreparedSet:
    """A small studio set, not to be changed: two takes of a photo for ``train`` and ``test``."""
    entries = [
        PhotoEntry(path=path, person=path.stem, split=split, source="NASA")
        for path, split in zip(portraits, ("train", "test"), strict=True)
    ]
    destination = tmp_path_factory.mktemp("studio") / "set"
    options = StudioOptions(takes=2, seed=7)
    return build_studio_set(entries, destination, small_head_file, options, processes=1).prepared


@pytest.fixture(scope="session")
def astronaut_file(astronaut: NDArray[np.uint8], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo photo as a file. Do not change it."""
    path = tmp_path_factory.mktemp("astronaut") / "portrait.png"
    Image.fromarray(astronaut).save(path)
    return path


@pytest.fixture
def portrait_file(astronaut_file: Path, tmp_path: Path) -> Path:
    """The demo photo as a file of the test's own."""
    return Path(shutil.copy(astronaut_file, tmp_path))


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained weights of the narrow cascade whose heads all do something visible.

    What is tested with them is how an edit is carried out, not how it looks.
    """
    torch.manual_seed(0)
    generator = FlowLgpGan(flow_networks().with_units((4, 12)))
    for name, parameter in generator.named_parameters():
        if "flow_head" in name or "shade_head" in name:
            torch.nn.init.normal_(parameter, std=0.02)
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    return write_weights(path, generator)


@pytest.fixture(scope="session")
def editor(weights: Path) -> Editor:
    """An editor with the untrained weights."""
    return Editor.from_pretrained(weights)


@pytest.fixture(scope="session")
def aligned(astronaut: NDArray[np.uint8], astronaut_face: Face) -> AlignedFace:
    transform = align(astronaut_face.landmarks)
    return AlignedFace(warp(astronaut, transform, 128), transform(astronaut_face.landmarks))


@pytest.fixture(scope="session")
def smile(aligned: AlignedFace) -> NDArray[np.uint8]:
    """The astronaut's face, tightly cropped, (128, 128, 3)."""
    return tight_crop(aligned[0])


@pytest.fixture(scope="session")
def scene(small_head: FaceModel) -> Scene:
    return Scene(small_head)


@pytest.fixture(scope="session")
def sitting(astronaut: NDArray[np.uint8], astronaut_face: Face, scene: Scene) -> Sitting:
    transform = align(astronaut_face.landmarks)
    landmarks = transform(astronaut_face.landmarks)
    photo = warp(astronaut, transform.scaled(2), 256)
    return Sitting(photo, landmarks, fit(scene.model, landmarks), scene)
