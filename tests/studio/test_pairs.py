"""Batches of exact pairs: drawn by seed and step alone, and still exact after augmentation."""

from __future__ import annotations

import copy
import dataclasses
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import unit_vector
from lgpgan.expressions.expression import Expression, label_vector, mixture_vector
from lgpgan.face3d.renderer import pixel_centres
from lgpgan.faces.alignment import resample
from lgpgan.faces.regions import mouth_box, mouth_box_at
from lgpgan.networks.warping import warp_by_flow
from lgpgan.studio import pair_geometry
from lgpgan.studio import pairs as pairs_module
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.pairs import StudioPairs
from sitting import UNVARIED

NEUTRAL, CONTEMPT = Expression.NEUTRAL.position, Expression.CONTEMPTUOUS.position
DRAW = pair_geometry.draw_similarities
STILL = {"scale": 0.0, "rotation": 0.0, "shift": 0.0, "region_jitter": 0}


@pytest.fixture(scope="module")
def pairs(studio_set: PreparedSet) -> StudioPairs:
    return StudioPairs(studio_set, "train", seed=3)


def with_options(studio_set: PreparedSet, **changes: Any) -> StudioPairs:
    return StudioPairs(studio_set, "train", augmentation=Augmentation(**changes), seed=3)


def always(monkeypatch: pytest.MonkeyPatch, *, mirrored: bool) -> None:
    """Mirror all pairs or none."""

    def drawn(
        options: Augmentation, mirror: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        return DRAW(options, np.full_like(mirror, mirrored), rng)

    monkeypatch.setattr(pairs_module, "draw_similarities", drawn)


def equal(one: PairBatch, other: PairBatch) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_is_its_seeds_and_steps_alone(studio_set: PreparedSet, pairs: StudioPairs) -> None:
    batch = pairs.batch(5, 6)
    pairs.batch(6, 2)
    assert equal(pairs.batch(5, 6), batch)
    parts = [pairs.batch(5, 6, slice(0, 2)), pairs.batch(5, 6, slice(2, 6))]
    assert equal(PairBatch(*map(torch.cat, zip(*parts, strict=True))), batch)
    assert equal(StudioPairs(studio_set, "train", seed=3).batch(5, 6), batch)
    assert not torch.equal(pairs.batch(6, 6).source, batch.source)
    other_seed = StudioPairs(studio_set, "train", seed=4)
    assert not torch.equal(other_seed.batch(5, 6).source, batch.source)


def test_every_kind_of_variation_is_its_pairs_alone(studio_set: PreparedSet) -> None:
    """What one pair is varied by does not hang on the others of its batch."""
    drawn = with_options(studio_set, **dict.fromkeys(UNVARIED, 0.3))
    batch = drawn.batch(5, 12)
    parts = [drawn.batch(5, 12, slice(0, 5)), drawn.batch(5, 12, slice(5, 12))]
    for whole, pieces in zip(batch, zip(*parts, strict=True), strict=True):
        torch.testing.assert_close(torch.cat(pieces), whole, rtol=0, atol=0)
    for value in batch[:5]:
        assert value.is_contiguous()
        assert torch.isfinite(value).all()


def test_teeth_lie_where_the_picture_has_them_however_a_pair_is_turned(
    studio_set: PreparedSet,
) -> None:
    """A mirrored target has mirrored places; where nothing shows there is no place."""
    still = with_options(studio_set, **UNVARIED, scale=0.0, rotation=0.0, shift=0.0)
    found = [pair for step in range(12) for pair in zip(*still.batch(step, 8)[7:9], strict=True)]
    assert {bool(shown.any()) for _, shown in found} == {True, False}
    sides = set()
    for places, shown in found:
        x, y = places[:, shown[0] > 0]
        if not len(x):
            continue
        assert -1 <= x.min() < x.max() <= 65
        assert -1 <= y.min() < y.max() <= 49
        row = torch.nonzero(shown[0].sum(dim=1) > 3)
        if len(row):
            along = places[0, row[0, 0]][shown[0, row[0, 0]] > 0]
            sides.add(bool(along[-1] > along[0]))
    assert sides == {True}  # the picture is symmetric: left is left however the pair is turned


def test_shapes_and_ranges(pairs: StudioPairs) -> None:
    batch = pairs.batch(0, 7)
    shapes = [tuple(value.shape) for value in batch]
    picture = (7, 3, 128, 128)
    flow, visible = (7, 2, 128, 128), (7, 1, 128, 128)
    label, inside = (7, 8), [flow, visible]
    assert shapes == [picture, picture, label, flow, visible, (7,), label, *inside, visible]
    for value in batch[:5]:
        assert value.dtype == torch.float32
        assert value.is_contiguous()
        assert torch.isfinite(value).all()
    assert batch.mouth_top.dtype == torch.int64
    for image in (batch.source, batch.target):
        assert image.min() >= -1
        assert image.max() <= 1
        assert image.std() > 0.1
    assert batch.visible.min() >= 0
    assert batch.visible.max() <= 1
    np.testing.assert_allclose(batch.label.sum(dim=1), 1, atol=1e-6)


def test_the_set_is_held_whole(studio_set: PreparedSet, pairs: StudioPairs) -> None:
    # A further take has two mixtures, halves and variants, too, and four faces with units.
    assert len(pairs) == 8 + 8 + 6 + 4
    assert pairs.photos == ["first_0", "first_1"]
    test = StudioPairs(studio_set, "test")
    assert test.photos == ["second_0", "second_1"]


def test_labels_tell_of_the_action_units_behind_the_classes(studio_set: PreparedSet) -> None:
    units = studio_set.added_units
    told = StudioPairs(studio_set, "train", seed=3, units=units)
    faces = [face for face in studio_set.blended_split("train") if face.added_units]
    assert told.blends == StudioPairs(studio_set, "train").blends
    assert [len(found) for found in told.with_units] == [0, 4]
    for face, number in zip(faces, told.with_units[1], strict=True):
        (batch,) = (told.pairs(np.array([1]), np.array([5]), np.array([number])),)
        label = [*mixture_vector(face.mouth), *unit_vector(face.added_units or {}, units)]
        np.testing.assert_allclose(batch.label[0], label, atol=1e-6)
        assert batch.label[0, 8:].any()


def test_units_that_labels_do_not_tell_of_are_never_asked_for(studio_set: PreparedSet) -> None:
    always_units = Augmentation(unit_targets=1, blended_targets=0, unchanged=0)
    units = studio_set.added_units
    for told, all_of_them in ((units, True), ((), False), (units[:1], False)):
        pairs = StudioPairs(studio_set, "train", augmentation=always_units, units=told)
        drawn = pairs._draw(0, 64)
        further = drawn.target[drawn.photo == 1]
        assert set(further) <= set(range(8)) | set(pairs.with_units[1])
        assert (further >= 8).all() == all_of_them


def test_pairs_without_augmentation_are_the_files(
    studio_set: PreparedSet, pairs: StudioPairs
) -> None:
    records = {(r.photo, r.expression): r for r in studio_set.split("train")}
    photo, source, target = np.array([0, 1, 1]), np.array([5, 0, 7]), np.array([4, 4, 1])
    batch = pairs.pairs(photo, source, target)
    for n in range(3):
        name = pairs.photos[photo[n]]
        here = records[name, list(Expression)[source[n]]]
        there = records[name, list(Expression)[target[n]]]
        for image, record in ((batch.source[n], here), (batch.target[n], there)):
            pixels = cv2.imread(str(studio_set.folder / record.file_name))[..., ::-1]
            back = ((image.numpy().transpose(1, 2, 0) + 1) * 127.5).round()
            np.testing.assert_array_equal(back, pixels)
        np.testing.assert_allclose(batch.label[n], label_vector(there.expression, there.intensity))
        flow, visible = pairs.correspondence[photo[n]].flow(source[n], target[n])
        np.testing.assert_array_equal(batch.flow[n].numpy().transpose(1, 2, 0), flow)
        np.testing.assert_array_equal(batch.visible[n, 0], visible)
        assert batch.mouth_top[n] == mouth_box(np.array(here.landmarks)).top


def test_faces_that_show_what_is_asked_for_stay(studio_set: PreparedSet) -> None:
    """Neutral faces that were to stay neutral drifted with every image more."""
    drawn = with_options(studio_set, **(UNVARIED | STILL), unchanged=1.0)
    batch = drawn.batch(0, 24)
    shows_a_class = (batch.source - batch.target).abs().amax(dim=(1, 2, 3)) == 0
    assert shows_a_class.sum() > 12  # the others start from blends
    assert batch.flow[shows_a_class].abs().max() < 0.1
    assert batch.visible[shows_a_class].min() > 0.9
    never = with_options(studio_set, **(UNVARIED | STILL), unchanged=0.0)
    same = (never.batch(0, 24).source - never.batch(0, 24).target).abs().amax(dim=(1, 2, 3)) == 0
    assert same.sum() < 8


def test_the_flow_of_the_pairs_is_exact(pairs: StudioPairs) -> None:
    targets = np.array([e for e in range(8) if e != NEUTRAL])
    batch = pairs.pairs(np.zeros(7, int), np.full(7, NEUTRAL), targets)
    assert error_of(batch, batch.flow) < 0.5 * error_of(batch, torch.zeros_like(batch.flow))


def error_of(batch: PairBatch, flow: Tensor) -> float:
    """Mean absolute error of the source read along ``flow``, where what moved is visible in it."""
    seen = (batch.visible > 0.99) & (batch.flow.norm(dim=1, keepdim=True) > 0.7)
    difference = (warp_by_flow(batch.source, flow) - batch.target).abs().mean(1, keepdim=True)
    return float(difference[seen].mean())


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(
    "move",
    [
        {},
        {"rotation": 0.35},
        {"scale": 0.2},
        {"shift": 6.0},
        {"rotation": 0.2, "scale": 0.1, "shift": 3.0},
    ],
)
def test_augmented_pairs_stay_exact(
    studio_set: PreparedSet,
    monkeypatch: pytest.MonkeyPatch,
    mirrored: bool,
    move: dict[str, float],
) -> None:
    """The warped source is the target where it is visible; a flow not turned along would not be."""
    always(monkeypatch, mirrored=mirrored)
    drawn = with_options(studio_set, **(UNVARIED | STILL | move), photo_sources=1.0)
    batch = drawn.batch(11, 12)
    error = error_of(batch, batch.flow)
    assert error < 0.55 * error_of(batch, torch.zeros_like(batch.flow))
    assert error < 0.4 * error_of(batch, -batch.flow)


@pytest.mark.parametrize("mirrored", [False, True])
def test_augmented_flow_is_the_flow_turned_and_scaled(
    studio_set: PreparedSet, monkeypatch: pytest.MonkeyPatch, mirrored: bool
) -> None:
    """Where A maps output to input pixels, A(p + new flow) = A(p) + flow(A(p)), at every p."""
    drawn = with_options(studio_set, rotation=0.4, scale=0.25, shift=4.0)
    affine: list[NDArray[np.float32]] = []
    plain: list[PairBatch] = []
    pair = StudioPairs.pairs

    def draw_affine(
        options: Augmentation, mirror: Any, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        affine.append(DRAW(options, np.full_like(mirror, mirrored), rng))
        return affine[-1]

    def record(self: StudioPairs, *indices: NDArray[np.integer]) -> PairBatch:
        plain.append(pair(self, *indices))
        return plain[-1]

    monkeypatch.setattr(pairs_module, "draw_similarities", draw_affine)
    monkeypatch.setattr(StudioPairs, "pairs", record)
    batch = drawn.batch(5, 6)
    places = pixel_centres(128).astype(np.float64)
    for n in range(6):
        linear, offset = np.split(affine[0][n].astype(np.float64), [2], axis=1)
        offset = offset[:, 0]
        there = places @ linear.T + offset
        before = resample(
            np.ascontiguousarray(plain[0].flow[n].numpy().transpose(1, 2, 0)),
            there,
            interpolation=cv2.INTER_LINEAR,
        )
        found = batch.flow[n].numpy().transpose(1, 2, 0) @ linear.T
        # OpenCV and torch round places differently where a flow jumps, at the lips.
        difference = np.linalg.norm(found - before, axis=-1)
        assert np.quantile(difference, 0.98) < 0.05
        assert np.abs(before).max() > 0.5 or torch.equal(plain[0].source[n], plain[0].target[n])


def test_mirroring_is_exact(studio_set: PreparedSet, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = with_options(studio_set, **UNVARIED, **STILL)
    always(monkeypatch, mirrored=False)
    plain = drawn.batch(2, 8)
    always(monkeypatch, mirrored=True)
    mirrored = drawn.batch(2, 8)
    close = {"atol": 2e-5}
    np.testing.assert_allclose(mirrored.source, plain.source.flip(3), **close)
    np.testing.assert_allclose(mirrored.target, plain.target.flip(3), **close)
    np.testing.assert_allclose(mirrored.visible, plain.visible.flip(3), **close)
    np.testing.assert_allclose(mirrored.flow[:, 0], -plain.flow[:, 0].flip(2), **close, rtol=1e-4)
    np.testing.assert_allclose(mirrored.flow[:, 1], plain.flow[:, 1].flip(2), **close, rtol=1e-4)
    assert torch.equal(mirrored.label, plain.label)
    assert torch.equal(mirrored.mouth_top, plain.mouth_top)


def test_contempt_is_never_mirrored(pairs: StudioPairs, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the left side's; a mirrored one would be another class with the same label."""
    plain = StudioPairs.pairs
    mirrors: list[NDArray[np.bool_]] = []
    drawn: list[NDArray[np.integer]] = []

    def draw_affine(
        options: Augmentation, mirror: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        mirrors.append(mirror)
        return DRAW(options, mirror, rng)

    def record(self: StudioPairs, *indices: NDArray[np.integer]) -> PairBatch:
        drawn.append(np.stack(indices[1:]))
        return plain(self, *indices)

    monkeypatch.setattr(pairs_module, "draw_similarities", draw_affine)
    monkeypatch.setattr(StudioPairs, "pairs", record)
    for step in range(25):
        pairs.batch(step, 8)
    mirror, both = np.concatenate(mirrors), np.concatenate(drawn, axis=1)
    one_sided = (both == CONTEMPT).any(axis=0)
    assert one_sided.sum() > 20
    assert not mirror[one_sided].any()
    assert 0.35 < mirror[~one_sided].mean() < 0.65


def test_half_of_the_sources_show_what_the_photo_shows(
    pairs: StudioPairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources: list[int] = []
    targets: list[int] = []
    plain = StudioPairs.pairs

    def record(self: StudioPairs, photo: Any, source: Any, target: Any) -> PairBatch:
        sources.extend(source.tolist())
        targets.extend(target.tolist())
        return plain(self, photo[:1], source[:1], target[:1])

    monkeypatch.setattr(StudioPairs, "pairs", record)
    monkeypatch.setattr(StudioPairs, "_augment", lambda self, batch, *rest: batch)
    monkeypatch.setattr(pairs, "augmentation", replace(pairs.augmentation, unchanged=0.0))
    pairs.photographed[:] = CONTEMPT  # as though the photos were of contempt
    try:
        for step in range(4):
            pairs.batch(step, 500)
    finally:
        pairs.photographed[:] = NEUTRAL
    # one of the two photos has 8 faces, the other 14
    shares = np.bincount(sources, minlength=14) / len(sources)
    assert shares[CONTEMPT] == pytest.approx(0.5 + (0.5 / 8 + 0.5 / 14) / 2, abs=0.05)
    assert np.delete(shares[:8], CONTEMPT) == pytest.approx((0.5 / 8 + 0.5 / 14) / 2, abs=0.02)
    assert shares[8:] == pytest.approx(0.5 / 14 / 2, abs=0.01)
    shares = np.bincount(targets, minlength=14) / len(targets)
    assert shares[:8] == pytest.approx((1 - 0.3 / 2) / 8, abs=0.02)
    assert shares[8:12] == pytest.approx(0.3 / 2 / 4, abs=0.01)
    assert not shares[12:].any()  # a label cannot ask for a variant


def test_sets_without_blends_are_drawn_as_ever(pairs: StudioPairs) -> None:
    """The same pairs as when no set had blends: what was trained on them stays comparable."""
    plain = copy.copy(pairs)
    plain.counts, plain.blends = np.full_like(pairs.counts, 8), [[] for _ in pairs.photos]
    draws = plain._draw(5, 100)
    rng = np.random.default_rng((3, 5))
    np.testing.assert_array_equal(draws.photo, rng.choice(2, size=100, p=[0.5, 0.5]))
    source, from_photo = rng.integers(8, size=100), rng.random(100) < 0.5
    np.testing.assert_array_equal(draws.source, np.where(from_photo, NEUTRAL, source))
    changed = draws.target != draws.source  # a tenth are to stay as they are
    np.testing.assert_array_equal(draws.target[changed], rng.integers(8, size=100)[changed])


def test_blends_with_contempt_are_not_mirrored(pairs: StudioPairs) -> None:
    """Of two halves one is enough: the other side would be another class."""
    draws = pairs._draw(0, 4000)
    shown = {
        end: pairs.starts[draws.photo] + face
        for end, face in (("source", draws.source), ("target", draws.target))
    }
    eyes = sum(pairs.eye_labels[faces, CONTEMPT] for faces in shown.values())
    mouth = sum(pairs.labels[faces, CONTEMPT] for faces in shown.values())
    mirrored = np.linalg.det(draws.to_input[:, :, :2]) < 0
    blended = (draws.source >= 8) | (draws.target >= 8)
    for of_either in (eyes > 0, mouth > 0):
        assert (blended & of_either).any()
        assert not mirrored[of_either].any()
    assert mirrored[blended & (eyes + mouth == 0)].any()


def test_halves_have_labels_of_their_own(studio_set: PreparedSet, pairs: StudioPairs) -> None:
    half = next(f for f in studio_set.blended_split("train") if f.eyes != f.mouth)
    number = int(half.file_name.rpartition("_")[2].removesuffix(".png"))
    batch = pairs.pairs(np.array([1]), np.array([NEUTRAL]), np.array([8 + number]))
    np.testing.assert_allclose(batch.label[0], mixture_vector(half.mouth))
    np.testing.assert_allclose(batch.eye_label[0], mixture_vector(half.eyes))
    np.testing.assert_allclose(
        batch.whole_label[0], (mixture_vector(half.mouth) + mixture_vector(half.eyes)) / 2
    )
    assert error_of(batch, batch.flow) < 0.6 * error_of(batch, torch.zeros_like(batch.flow))


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_mouths_region_follows_the_augmented_face(
    studio_set: PreparedSet, monkeypatch: pytest.MonkeyPatch, mirrored: bool
) -> None:
    still = UNVARIED | STILL | {"rotation": 0.3, "scale": 0.1, "shift": 5.0}
    drawn = with_options(studio_set, **still, photo_sources=1.0)
    affine: list[NDArray[np.float32]] = []

    def draw_affine(
        options: Augmentation, mirror: Any, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        affine.append(DRAW(options, np.full_like(mirror, mirrored), rng))
        return affine[-1]

    monkeypatch.setattr(pairs_module, "draw_similarities", draw_affine)
    seen: list[NDArray[np.integer]] = []
    plain = StudioPairs.pairs
    monkeypatch.setattr(
        StudioPairs, "pairs", lambda self, p, s, t: (seen.append(p), plain(self, p, s, t))[1]
    )
    batch = drawn.batch(1, 16)
    tops = set()
    for n in range(16):
        linear, offset = np.split(affine[0][n].astype(np.float64), [2], axis=1)
        offset = offset[:, 0]
        assert np.linalg.det(linear) * (-1 if mirrored else 1) > 0
        record = next(
            r
            for r in studio_set.records
            if r.photo == drawn.photos[seen[0][n]] and r.expression == "neutral"
        )
        mouth = np.mean(record.landmarks[48:68], axis=0)
        row = np.linalg.solve(linear, mouth - offset)[1]
        if abs((row + 4 - 24) % 1 - 0.5) > 0.01:  # half rows may round to either side
            assert batch.mouth_top[n] == mouth_box_at(round(row + 4 - 24)).top
        tops.add(int(batch.mouth_top[n]))
    assert len(tops) > 3


def test_the_mouths_region_jitters_within_bounds(studio_set: PreparedSet) -> None:
    options = UNVARIED | STILL | {"region_jitter": 2}
    drawn = with_options(studio_set, **options, photo_sources=1.0)
    settled = with_options(studio_set, **(options | {"region_jitter": 0}), photo_sources=1.0)
    off = drawn.batch(3, 64).mouth_top - settled.batch(3, 64).mouth_top
    assert set(off.tolist()) == {-2, -1, 0, 1, 2}


def test_light_and_colour_change_source_and_target_alike(studio_set: PreparedSet) -> None:
    drawn = with_options(studio_set, **(UNVARIED | STILL | {"gain": 0.15, "grey": 1.0}))
    always_grey = drawn.batch(0, 6)
    for image in (always_grey.source, always_grey.target):
        assert (image - image.mean(1, keepdim=True)).abs().max() < 1e-5
    lively = with_options(
        studio_set, **(UNVARIED | STILL | {"gain": 0.3, "tint": 0.2, "gamma": 0.3})
    )
    plain = with_options(studio_set, **STILL, **UNVARIED)
    changed, before = lively.batch(1, 8), plain.batch(1, 8)
    ratios = []
    for image, old in ((changed.source, before.source), (changed.target, before.target)):
        corner = (slice(None), slice(None), slice(0, 20), slice(0, 20))  # shows background
        ratios.append(((image[corner] + 1) / (old[corner] + 1)).mean(dim=(2, 3)))
    np.testing.assert_allclose(ratios[0], ratios[1], rtol=0.02)
    assert ratios[0].std(dim=0).min() > 0.05  # from pair to pair
    assert ratios[0].std(dim=1).min() > 0.002  # from colour to colour


def copy_of(studio_set: PreparedSet, folder: Path) -> PreparedSet:
    shutil.copytree(studio_set.folder, folder / "set")
    return PreparedSet.load(folder / "set")


def test_sets_without_exact_pairs_are_refused(studio_set: PreparedSet, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no exact pairs in its split 'validation'.*lgpgan studio"
    ):
        StudioPairs(studio_set, "validation")
    copied = copy_of(studio_set, tmp_path)
    fewer = write_prepared_set(copied.folder, copied.records[1:], size=128, details={})
    with pytest.raises(InputError, match="no exact pairs"):
        StudioPairs(fewer, copied.records[0].split)


def test_another_size_is_refused(studio_set: PreparedSet) -> None:
    other = dataclasses.replace(studio_set, description={**studio_set.description, "size": 256})
    with pytest.raises(InputError, match="faces of 256 pixels; the networks take 128"):
        StudioPairs(other, "train")


def test_missing_and_damaged_files_are_named(studio_set: PreparedSet, tmp_path: Path) -> None:
    """A flow file that was cut short ended in a BadZipFile."""
    copied = copy_of(studio_set, tmp_path)
    flow = copied.folder / "correspondence" / "first_0.npz"
    content = flow.read_bytes()
    for damaged in (content[: len(content) // 2], b"", b"not a flow"):
        flow.write_bytes(damaged)
        with pytest.raises(InputError, match=r"first_0\.npz is missing or damaged"):
            StudioPairs(copied, "train")
    flow.unlink()
    with pytest.raises(InputError, match=r"first_0\.npz is missing or damaged"):
        StudioPairs(copied, "train")
    flow.write_bytes(content)
    StudioPairs(copied, "train")
    (face,) = [r for r in copied.split("train") if r.photo == "first_1" and r.expression == "sad"]
    (copied.folder / face.file_name).write_bytes(b"")
    with pytest.raises(InputError, match=r"first_1\.png was changed since"):
        StudioPairs(copied, "train")
