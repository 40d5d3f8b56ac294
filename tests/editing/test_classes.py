"""Editing with weights of other classes than the eight.

Regression: all of them were refused with "editing needs the eight of lgpgan", though sets such as
KDEF, FER2013 and RAF-DB have no contempt.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from lgpgan.cli.application import run
from lgpgan.editing.animation import animate
from lgpgan.editing.editor import Editor
from lgpgan.editing.network_arrays import wanted
from lgpgan.editing.strips import strip
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target
from lgpgan.methods.lgpgan import FlowLgpGan
from lgpgan.methods.lgpgan.shapes import flow_networks
from random_weights import write_weights

SEVEN = ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")
OWN = ("sad", "Bored", "neutral")
WITHOUT_NEUTRAL = ("bored", "happy")


@pytest.fixture(scope="session")
def make_weights(tmp_path_factory: pytest.TempPathFactory):
    def make(labels: tuple[str, ...]) -> Path:
        torch.manual_seed(0)
        config = flow_networks(len(labels)).with_units((4,))
        path = tmp_path_factory.mktemp("weights") / "own.safetensors"
        return write_weights(path, FlowLgpGan(config), labels=labels)

    return make


@pytest.fixture(scope="session")
def seven(make_weights) -> Path:
    return make_weights(SEVEN)


@pytest.fixture(scope="session")
def own(make_weights) -> Path:
    return make_weights(OWN)


@pytest.fixture(scope="session")
def own_editor(own: Path) -> Editor:
    return Editor.from_pretrained(own)


@pytest.fixture(scope="session")
def without_neutral(make_weights) -> Editor:
    return Editor.from_pretrained(make_weights(WITHOUT_NEUTRAL))


def labels(editor: Editor, photo: NDArray[np.uint8], **asked) -> tuple[list[float], list[float]]:
    """The labels of eyes and mouth that the networks are told."""
    (face,) = editor.open(photo).faces
    target = editor.target(**asked)
    faces = wanted(face.aligned, face.mouth_top, [target], editor.backend.info)
    eyes, mouth = (half[0].astype(float).round(6).tolist() for half in (faces.eyes, faces.mouth))
    return eyes, mouth


def test_the_command_makes_every_class_that_the_weights_know(
    seven: Path, portrait_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["edit", str(portrait_file), "--weights", str(seven)]) == 0
    made = sorted(path.name for path in (tmp_path / "lgpgan-out").iterdir())
    assert made == sorted([*(f"portrait_{name}.png" for name in SEVEN), "portrait_sheet.png"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "contemptuous"), "do not know the class 'contemptuous'; choose one of angry, "),
        (("--eyes", "contemptuous", "--mouth", "sad"), "do not know the class 'contemptuous'"),
        (("--to", "sad=0.5,contemptuous=0.5", "--strip", "2"), "do not know the class"),
        (("--to", "sad", "--au", "AU23"), "do not know AU23; they know only AU4, AU5,"),
        (("--to", "sad", "--au", "AU3"), "no action unit 3 here; choose one of 4, 5,"),
    ],
)
def test_what_the_weights_do_not_know_is_said_before_any_work(
    seven: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    nowhere = str(tmp_path / "nowhere.png")
    assert run(["edit", nowhere, "--weights", str(seven), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_classes_of_other_names_and_orders(
    own_editor: Editor, astronaut: NDArray[np.uint8]
) -> None:
    assert labels(own_editor, astronaut, to="bored") == ([0, 1, 0, 0], [0, 1, 0, 0])
    mixed = labels(own_editor, astronaut, to={"sad": 0.5, "BORED": 0.25}, intensity=0.8)
    assert mixed == ([0.4, 0.2, 0.4, 0], [0.4, 0.2, 0.4, 0])
    halves = labels(own_editor, astronaut, eyes="bored", units={4: 0.5})
    assert halves == ([0, 1, 0, 0.5], [0, 0, 1, 0.5])
    assert list(own_editor.edit_all(astronaut)) == list(OWN)


def test_the_command_takes_classes_of_other_names(
    own: Path, portrait_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["edit", str(portrait_file), "--weights", str(own), "--to", "bored=0.5,sad=0.5"]
    assert run([*arguments, "--json", "--out", str(tmp_path)]) == 0
    (output,) = json.loads(capsys.readouterr().out)["outputs"]
    assert output["eyes"] == {"sad": 0.5, "Bored": 0.5}
    assert Path(output["file"]).name == "portrait_sad-50+Bored-50.png"


def test_strips_and_animations_of_other_classes(
    own_editor: Editor,
    astronaut: NDArray[np.uint8],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Regression, of the second: a path in a string was no path to ``animate``."""
    opened = own_editor.open(astronaut)
    assert strip(own_editor, opened, [own_editor.target("bored")], 2).shape[2] == 3
    monkeypatch.setattr("lgpgan.editing.animation.SECONDS", 0.1)
    animate(own_editor, opened, own_editor.target("bored"), str(tmp_path / "bored.gif"))
    with Image.open(tmp_path / "bored.gif") as gif:
        assert b"Bored" in gif.info["comment"]


def test_without_neutral_the_rest_of_a_label_belongs_to_no_class(
    without_neutral: Editor, astronaut: NDArray[np.uint8]
) -> None:
    half = labels(without_neutral, astronaut, to="bored", intensity=0.5)
    assert half == ([0.5, 0, 0], [0.5, 0, 0])


@pytest.mark.parametrize("asked", [{"eyes": "bored"}, {"units": "AU4"}, {"to": "neutral"}])
def test_without_neutral_nothing_can_be_asked_to_be_neutral(
    without_neutral: Editor, asked: dict[str, str]
) -> None:
    with pytest.raises(InputError, match="do not know the class 'neutral'"):
        without_neutral.target(**asked)


def test_a_class_that_would_lead_out_of_the_folder_stays_in_it() -> None:
    target = Target.parse({"../up": 1.0}, classes=("../up", "neutral"), intensity=0.5)
    assert target.file_name == "..-up_intensity-50"
