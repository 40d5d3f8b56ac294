from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from lgpgan.datasets import faces as faces_module
from lgpgan.datasets.faces import load_faces, mouth_tops
from lgpgan.datasets.labelled import Draws, LabelledFaces
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.errors import InputError

CLASSES = ("frown", "plain", "smile")


def write_set(folder: Path, count: int = 12) -> PreparedSet:
    """Faces of one grey each, 10 times their number; the mouth's row is 60 + number."""
    records = []
    for number in range(count):
        name = f"{number:02d}.png"
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((128, 128, 3), 10 * number, np.uint8))
        records.append(
            Record(
                file_name=name,
                person=f"p{number}",
                photo=f"{number}",
                expression=CLASSES[number % 3],
                intensity=1.0,
                action_units={},
                landmarks=np.array([(64.0, 60.0 + number)] * 68),
                split="train",
            )
        )
    return write_prepared_set(folder, records, size=128, details={}, classes=CLASSES)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedSet:
    return write_set(tmp_path_factory.mktemp("labelled") / "set")


@pytest.fixture
def faces(prepared: PreparedSet) -> LabelledFaces:
    return LabelledFaces(prepared, "train", seed=3)


def numbers(images: torch.Tensor) -> list[int]:
    return [round((value + 1) * 12.75) for value in images[:, 0, 0, 0].tolist()]


def test_a_batch_says_what_its_faces_are(faces: LabelledFaces) -> None:
    batch = faces.batch(0, 6)
    assert batch.image.shape == (6, 3, 128, 128)
    shown = numbers(batch.image)
    assert batch.label.argmax(1).tolist() == [number % 3 for number in shown]
    rows = torch.tensor([60.0 + number for number in shown])
    assert torch.equal(batch.mouth_top, mouth_tops(rows))
    assert torch.equal(batch.label.sum(1), torch.ones(6))
    assert torch.equal(batch.target.sum(1), torch.ones(6))
    assert bool(((batch.mix >= 0) & (batch.mix < 1)).all())


def test_the_shares_of_several_labels_are_the_label(tmp_path: Path) -> None:
    """Regression: training took the class with most votes for the whole truth."""
    prepared = write_set(tmp_path / "set", 3)
    voted = {"frown": 0.6, "smile": 0.2, "left out": 0.2}
    records = [replace(prepared.records[0], shares=voted), *prepared.records[1:]]
    faces = LabelledFaces(replace(prepared, records=records), "train")
    batch = faces.batch(0, 3)
    labels = dict(zip(numbers(batch.image), batch.label, strict=True))
    torch.testing.assert_close(labels[0], torch.tensor([0.75, 0, 0.25]))
    torch.testing.assert_close(labels[1], torch.tensor([0.0, 1, 0]))
    assert set(batch.target.unique().tolist()) == {0.0, 1.0}


def test_every_face_is_seen_once_before_any_is_seen_again(faces: LabelledFaces) -> None:
    seen = [number for step in range(6) for number in numbers(faces.batch(step, 4).image)]
    first, second = seen[:12], seen[12:]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second


def test_targets_are_uniform(faces: LabelledFaces) -> None:
    counts = sum(faces.batch(step, 12).target.sum(0) for step in range(100))
    assert torch.allclose(torch.as_tensor(counts), torch.tensor(400.0), atol=60)


def test_batches_come_again_by_their_number(prepared: PreparedSet, faces: LabelledFaces) -> None:
    again = LabelledFaces(prepared, "train", seed=3)
    later = again.batch(7, 4)
    for a, b in zip(faces.batch(7, 4), later, strict=True):
        assert torch.equal(a, b)
    other = LabelledFaces(prepared, "train", seed=4).batch(7, 4)
    assert not torch.equal(other.mix, later.mix)


def test_the_parts_of_a_batch_are_the_batch(faces: LabelledFaces) -> None:
    whole = faces.batch(2, 6)
    parts = [faces.batch(2, 6, slice(start, start + 2)) for start in (0, 2, 4)]
    for values, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(values, torch.cat(pieces))


def test_a_class_without_a_face_is_refused(tmp_path: Path) -> None:
    prepared = write_set(tmp_path / "set", count=2)
    with pytest.raises(InputError, match="no face of smile in its split 'train'"):
        LabelledFaces(prepared, "train")


def test_a_class_may_be_absent_among_faces_kept_out(tmp_path: Path) -> None:
    """A set whose kept-out people never show contempt, as CK+ may have, could not be trained on."""
    records = [
        replace(record, split="test" if record.file_name == "03.png" else "train")
        for record in write_set(tmp_path / "set").records
    ]
    prepared = write_prepared_set(tmp_path / "set", records, size=128, details={}, classes=CLASSES)
    batch = LabelledFaces(prepared, "test").batch(0, 3)
    assert batch.label.argmax(1).tolist() == [0, 0, 0]
    with pytest.raises(InputError, match="no face in its split 'validation'"):
        LabelledFaces(prepared, "validation")


def test_a_face_that_is_missing_or_changed_is_named(tmp_path: Path) -> None:
    prepared = write_set(tmp_path / "set", count=3)
    cv2.imwrite(str(prepared.folder / "02.png"), np.zeros((128, 128, 3), np.uint8))
    with pytest.raises(InputError, match=r"02\.png was changed since the set was made"):
        LabelledFaces(prepared, "train")
    (prepared.folder / "01.png").unlink()
    with pytest.raises(InputError, match=r"01\.png cannot be read"):
        LabelledFaces(prepared, "train")


@pytest.mark.parametrize("content", [b"", b"no picture", b"small"])
def test_a_face_that_is_no_face_is_named(tmp_path: Path, content: bytes) -> None:
    """Without ``SHA256SUMS``, as in sets of an early lgpgan, only the picture itself tells."""
    prepared = write_set(tmp_path / "set", count=3)
    (prepared.folder / "SHA256SUMS").unlink()
    if content == b"small":
        content = cv2.imencode(".png", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    (prepared.folder / "01.png").write_bytes(content)
    with pytest.raises(InputError, match=r"01\.png is damaged; restore it"):
        LabelledFaces(PreparedSet.load(prepared.folder), "train")


def test_faint_faces_are_not_shown(tmp_path: Path) -> None:
    """Those of a studio set begin at 0.05: too little to be called one of its class."""
    made = write_set(tmp_path / "set")
    faint = {"00.png": 0.59, "04.png": 0.3, "05.png": 0.6}
    records = [
        replace(record, intensity=faint.get(record.file_name, 1.0)) for record in made.records
    ]
    prepared = write_prepared_set(made.folder, records, size=128, details={}, classes=CLASSES)
    faces = LabelledFaces(prepared, "train")
    assert len(faces) == 10
    assert sorted(numbers(faces.batch(0, 10).image)) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11]


class TestUnits:
    """Batches for a method that is told action units in place of classes."""

    UNITS = (1, 6, 12, 26)

    @pytest.fixture
    def moved(self, tmp_path: Path) -> PreparedSet:
        """Face n has AU 12 at n / 11, and AU 2, which is not asked for."""
        made = write_set(tmp_path / "set")
        records = [
            replace(record, action_units={2: 1.0, 12: number / 11})
            for number, record in enumerate(made.records)
        ]
        return write_prepared_set(made.folder, records, size=128, details={}, classes=CLASSES)

    def test_a_label_is_the_faces_own_intensities(self, moved: PreparedSet) -> None:
        batch = LabelledFaces(moved, "train", units=self.UNITS).batch(0, 12)
        twelve = torch.tensor([number / 11 for number in numbers(batch.image)])
        expected = torch.zeros(12, 4)
        expected[:, 2] = twelve
        torch.testing.assert_close(batch.label, expected)

    def test_faint_faces_stay_since_their_units_say_so(self, moved: PreparedSet) -> None:
        records = [replace(record, intensity=0.2) for record in moved.records]
        faint = write_prepared_set(moved.folder, records, size=128, details={}, classes=CLASSES)
        assert len(LabelledFaces(faint, "train", units=self.UNITS)) == 12

    def test_targets_are_those_of_faces_all_alike_often(self, moved: PreparedSet) -> None:
        faces = LabelledFaces(moved, "train", units=self.UNITS)
        wanted = torch.cat([faces.batch(step, 12).target for step in range(100)])
        assert not wanted[:, [0, 1, 3]].any()
        drawn = torch.bincount((wanted[:, 2] * 11).round().long(), minlength=12)
        assert drawn.sum() == 1200
        assert bool(((drawn > 60) & (drawn < 145)).all())  # 100 each, ± 4 standard deviations

    def test_where_they_are_not_known_they_are_those_of_table_i(self, tmp_path: Path) -> None:
        made = write_set(tmp_path / "set")
        classes = ("happy", "neutral", "surprised")
        records = [
            replace(record, action_units=None, expression=classes[number % 3])
            for number, record in enumerate(made.records)
        ]
        prepared = write_prepared_set(made.folder, records, size=128, details={}, classes=classes)
        assert not prepared.knows_units
        batch = LabelledFaces(prepared, "train", units=self.UNITS).batch(0, 12)
        of_class = torch.tensor([[0.0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]])
        assert torch.equal(batch.label, of_class[[n % 3 for n in numbers(batch.image)]])
        assert {tuple(row) for row in batch.target.tolist()} <= set(map(tuple, of_class.tolist()))


def test_what_memory_cannot_hold_is_mapped(
    prepared: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = load_faces(prepared, prepared.records)
    monkeypatch.setattr(faces_module, "_free_memory", lambda: 1000.0)
    mapped = load_faces(prepared, prepared.records)
    assert isinstance(mapped, np.memmap)
    np.testing.assert_array_equal(mapped, inside)
    assert not isinstance(inside, np.memmap)


def test_faces_that_are_cut_are_left_out_where_that_is_wanted(tmp_path: Path) -> None:
    """Those of which nothing is known, as in older sets, stay."""
    prepared = write_set(tmp_path / "set")
    cuts = (None, 0.2, 0.6)
    known = [
        replace(record, cut=cuts[number // 4]) for number, record in enumerate(prepared.records)
    ]
    cut = replace(prepared, records=known)
    assert len(LabelledFaces(cut, "train")) == 12
    assert len(LabelledFaces(cut, "train", max_cut=0.5)) == 8
    assert len(LabelledFaces(cut, "train", max_cut=0.2)) == 8
    with pytest.raises(InputError, match="prepare it again"):
        LabelledFaces(replace(cut, records=known[-4:]), "train", max_cut=0.5)


def test_permuted_targets_are_the_labels_of_the_batch_in_another_order(
    prepared: PreparedSet,
) -> None:
    """As in the code of StarGAN and AttGAN; a part of a batch gets the labels of the whole."""
    faces = LabelledFaces(prepared, "train", seed=3, draws=Draws(targets="permuted"))
    whole = faces.batch(1, 6)
    assert sorted(whole.target.argmax(1).tolist()) == sorted(whole.label.argmax(1).tolist())
    assert any(not torch.equal(b.target, b.label) for b in (faces.batch(n, 6) for n in range(3)))
    part = faces.batch(1, 6, slice(2, 5))
    for name in ("image", "label", "target", "mouth_top", "mix"):
        assert torch.equal(getattr(part, name), getattr(whole, name)[2:5])


def test_flips_turn_about_half_of_the_faces(tmp_path: Path) -> None:
    """As in the code of StarGAN and GANimation."""
    made = write_set(tmp_path / "set")
    ramp = np.repeat(np.arange(128, dtype=np.uint8)[None, :, None], 128, 0).repeat(3, 2)
    for record in made.records:
        cv2.imwrite(str(made.folder / record.file_name), ramp)
    (made.folder / "SHA256SUMS").unlink()
    faces = LabelledFaces(PreparedSet.load(made.folder), "train", draws=Draws(flips=True))
    images = torch.cat([faces.batch(step, 12).image for step in range(10)])
    rising = images[:, 0, 0, 0] < images[:, 0, 0, -1]
    assert 40 < int(rising.sum()) < 80
    assert torch.equal(images[rising][0], images[~rising][0].flip(-1))


def test_noise_moves_targets_and_nothing_else(prepared: PreparedSet, faces: LabelledFaces) -> None:
    """As in the code of GANimation."""
    noisy = LabelledFaces(prepared, "train", seed=3, draws=Draws(noise=0.1)).batch(0, 12)
    plain = faces.batch(0, 12)
    moved = (noisy.target - plain.target).abs()
    assert 0.05 < float(moved.max()) <= 0.1 + 1e-6
    assert float(moved.min()) > 0
    assert torch.equal(noisy.image, plain.image)
    assert torch.equal(noisy.label, plain.label)
