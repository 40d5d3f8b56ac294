"""The way back into the photo: exact where nothing is done, in place where something is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan.faces import paste as paste_module
from lgpgan.faces.alignment import Similarity, resample
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.inside_change import InsideChange
from lgpgan.faces.open_mouth import open_mouth
from lgpgan.faces.paste import paste


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def waves(height: int, width: int) -> NDArray[np.uint8]:
    """A smooth picture, whose every place is different."""
    y, x = np.mgrid[:height, :width] + 0.5
    bands = [np.sin(x / 17) + np.cos(y / 23), np.sin((x + y) / 29), np.cos((x - 2 * y) / 41)]
    return np.rint(127 + 50 * np.stack(bands, axis=-1)).astype(np.uint8)


def to_aligned(
    *, scale: float, angle: float, middle: tuple[float, float], size: int = 128
) -> Similarity:
    """Photo to aligned coordinates: the frame is ``size / scale`` photo pixels wide."""
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    offset = np.full(2, size / 2) - linear @ np.array(middle)
    return Similarity(np.column_stack([linear, offset]))


def change(
    flow: tuple[float, float] = (0, 0), keep: float = 1.0, colour: float = 0.0, size: int = 128
) -> FaceChange:
    return FaceChange(
        flow=np.tile(np.array(flow, np.float32), (size, size, 1)),
        keep=np.full((size, size), keep, np.float32),
        colour=np.full((size, size, 3), colour, np.float32),
    )


def random_change(seed: int = 0) -> FaceChange:
    """A strong but smooth change, as networks make it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:128, :128] / 128
    phase = rng.uniform(0, 6, 7)
    fields = [np.sin(9 * x + a) * np.cos(7 * y - a) for a in phase]
    keep = 0.5 + 0.5 * fields[2]
    return FaceChange(
        flow=np.stack(fields[:2], axis=-1).astype(np.float32) * 9,
        keep=keep.astype(np.float32),
        colour=((1 - keep)[..., None] * (127 + 127 * np.stack(fields[3:6], -1))).astype(np.float32),
    )


def aligned_centres(shape: tuple[int, ...], transform: Similarity) -> NDArray[np.float64]:
    """Aligned coordinates (H, W, 2) of a photo's pixel centres."""
    x, y = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    return transform(np.stack([x, y], axis=-1))


@pytest.mark.parametrize("angle", [0.0, 0.31, -2.0])
@pytest.mark.parametrize("scale", [0.13, 0.77, 1.9])
def test_no_change_leaves_every_bit(angle: float, scale: float) -> None:
    photo = noise(420, 530, 3)
    before = photo.copy()
    edited = paste(photo, change(), to_aligned(scale=scale, angle=angle, middle=(251.3, 190.8)))
    np.testing.assert_array_equal(edited, before)
    assert not np.shares_memory(edited, photo)


def test_outside_the_frame_every_bit_of_a_large_photo_stays() -> None:
    photo = noise(3000, 4000, 3)
    before = photo.copy()
    transform = to_aligned(scale=0.11, angle=0.2, middle=(2300.4, 1200.9))
    edited = paste(photo, random_change(), transform)
    np.testing.assert_array_equal(photo, before)
    frame = transform.inverse()(np.array([[0, 0], [128, 0], [0, 128], [128, 128]]))
    left, top = np.floor(frame.min(axis=0)).astype(int)
    right, bottom = np.ceil(frame.max(axis=0)).astype(int)
    assert right - left > 1000
    in_box = Similarity(
        np.column_stack([transform.matrix[:, :2], transform(np.array([left, top]))])
    )
    aligned = aligned_centres((bottom - top, right - left), in_box)
    inside = ((aligned >= 0) & (aligned <= 128)).all(axis=-1)
    differs = (edited != photo).any(axis=-1)
    assert differs[top:bottom, left:right][inside].mean() > 0.9
    differs[top:bottom, left:right][inside] = False
    assert not differs.any()


@pytest.mark.parametrize("quarters", range(4))
def test_flow_moves_content_by_whole_photo_pixels_exactly(quarters: int) -> None:
    """At a quarter of the size, a flow of (2, −1) reads 8 and −4 photo pixels off, turned back."""
    photo = noise(640, 640, 3)
    turn = np.linalg.matrix_power(np.array([[0, -1], [1, 0]]), quarters)
    offset = 64 - 0.25 * turn @ np.array([320.0, 320.0])
    transform = Similarity(np.column_stack([0.25 * turn, offset]))
    edited = paste(photo, change(flow=(2, -1)), transform)
    dx, dy = np.rint(4 * np.linalg.inv(turn) @ (2, -1)).astype(int)
    middle = slice(320 - 200, 320 + 200)  # 14 template pixels from the frame: full strength
    moved = photo[120 + dy : 520 + dy, 120 + dx : 520 + dx]
    np.testing.assert_array_equal(edited[middle, middle], moved)


def test_flow_is_turned_and_scaled_with_the_face() -> None:
    photo = waves(700, 800)
    transform = to_aligned(scale=0.3, angle=0.5, middle=(390, 350))
    edited = paste(photo, change(flow=(3.0, 1.5)), transform)
    displacement = np.linalg.inv(transform.matrix[:, :2]) @ (3.0, 1.5)
    rows, columns = np.mgrid[250:450, 290:490]
    places = np.stack([columns, rows], axis=-1) + 0.5
    wanted = resample(photo, places + displacement)
    found = edited[250:450, 290:490].astype(int)
    assert np.abs(found - wanted).max() <= 1
    unmoved = np.abs(photo[250:450, 290:490].astype(int) - wanted)
    assert unmoved.mean() > 5


@pytest.fixture
def ungrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """For photos of nothing but noise, which what is drawn would get."""
    monkeypatch.setattr(paste_module.Grain, "add", lambda self, made, drawn, corner: None)


@pytest.mark.usefixtures("ungrained")
def test_what_is_kept_and_what_is_painted_add_up() -> None:
    photo = noise(300, 300, 3)
    transform = to_aligned(scale=0.5, angle=0.1, middle=(150, 150))
    edited = paste(photo, change(keep=0.25, colour=0.75 * 180), transform)
    wanted = 0.75 * 180 + 0.25 * photo[100:200, 100:200].astype(np.float64)
    assert np.abs(edited[100:200, 100:200] - wanted).max() <= 0.51


@pytest.mark.usefixtures("ungrained")
@pytest.mark.parametrize("shade", [0.5, 1.4])
def test_what_is_kept_is_shaded_and_what_is_painted_is_not(shade: float) -> None:
    photo = noise(300, 300, 3)
    transform = to_aligned(scale=0.5, angle=0.1, middle=(150, 150))
    shaded = dataclasses.replace(
        change(keep=0.5, colour=60), shade=np.full((128, 128, 3), shade, np.float32)
    )
    wanted = np.minimum(60 + 0.5 * shade * photo[100:200, 100:200].astype(np.float64), 255)
    assert np.abs(paste(photo, shaded, transform)[100:200, 100:200] - wanted).max() <= 0.51


@pytest.mark.usefixtures("ungrained")
def test_paint_under_a_shade_that_makes_up_for_it_is_drawn() -> None:
    """The photo came back as it was where keep times shade was 1, whatever was painted."""
    photo = np.full((300, 300, 3), 100, np.uint8)
    transform = to_aligned(scale=0.5, angle=0.0, middle=(150, 150))
    shade = np.full((128, 128, 3), 1.25, np.float32)
    edited = paste(photo, dataclasses.replace(change(keep=0.8, colour=40), shade=shade), transform)
    assert (edited[100:200, 100:200] == 140).all()


def test_a_shade_alone_is_a_change_and_one_of_1_is_none() -> None:
    photo = np.full((300, 300, 3), 100, np.uint8)
    transform = to_aligned(scale=0.5, angle=0.0, middle=(150, 150))
    shade = np.ones((128, 128, 3), np.float32)
    np.testing.assert_array_equal(
        paste(photo, dataclasses.replace(change(), shade=shade), transform), photo
    )
    shade[60:70, 60:70] = 1.2
    edited = paste(photo, dataclasses.replace(change(), shade=shade), transform)
    assert (edited[150, 150] == 120).all()
    assert (edited[100, 100] == 100).all()


@pytest.mark.usefixtures("ungrained")
def test_results_are_clipped_not_wrapped() -> None:
    photo = noise(200, 200, 3)
    transform = to_aligned(scale=0.7, angle=0, middle=(100, 100))
    bright = paste(photo, change(keep=0.5, colour=250), transform)
    dark = paste(photo, change(keep=0.0, colour=-40), transform)
    middle = slice(80, 120)
    assert (bright[middle, middle] >= 250).all()
    assert (dark[middle, middle] == 0).all()


def test_the_change_rises_from_the_frame_without_a_step() -> None:
    grey = np.full((400, 400, 3), 100, np.uint8)
    transform = to_aligned(scale=0.5, angle=0, middle=(200, 200))  # frame: columns 72 to 328
    row = paste(grey, change(keep=0, colour=200), transform)[200, :, 0].astype(int)
    assert (row[:72] == 100).all()
    assert (row[72 + 24 : 328 - 24] == 200).all()
    rise = np.diff(row[70:100])
    assert (rise >= 0).all()
    assert rise.max() <= 8
    np.testing.assert_array_equal(row, row[::-1])


def test_the_size_of_the_aligned_face_does_not_matter() -> None:
    """The feather was as many pixels wide whatever the size: half as wide on a face of 256."""
    photo = waves(500, 500)
    transform = to_aligned(scale=0.4, angle=0.2, middle=(250, 250))
    small = paste(photo, change((4, -2), 0.4, 0.6 * 220), transform)
    large = paste(photo, change((8, -4), 0.4, 0.6 * 220, size=256), transform.scaled(2))
    assert np.abs(small.astype(int) - large).max() <= 4


@pytest.mark.parametrize("strip", [1, 7, 10_000])
def test_strips_leave_no_seams(monkeypatch: pytest.MonkeyPatch, strip: int) -> None:
    photo = waves(330, 300)
    transform = to_aligned(scale=0.45, angle=-0.3, middle=(160, 170))
    whole = paste(photo, random_change(), transform)
    monkeypatch.setattr(paste_module, "STRIP", strip)
    assert np.abs(paste(photo, random_change(), transform).astype(int) - whole).max() <= 1


@pytest.mark.parametrize("middle", [(10, 150), (290, 150), (150, 5), (150, 295), (8, 290)])
def test_a_frame_that_sticks_out_reads_the_repeated_edge(middle: tuple[float, float]) -> None:
    photo = waves(300, 300)
    transform = to_aligned(scale=0.8, angle=0.25, middle=middle)
    edited = paste(photo, random_change(), transform)
    pad = 200
    wide = np.pad(photo, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    shifted = to_aligned(scale=0.8, angle=0.25, middle=(middle[0] + pad, middle[1] + pad))
    wanted = paste(wide, random_change(), shifted)[pad:-pad, pad:-pad]
    assert edited.shape == photo.shape
    assert np.abs(edited.astype(int) - wanted).max() <= 1
    assert (edited != photo).any()


@pytest.mark.parametrize("flow", [(0, 30), (0, -30), (30, 0), (-30, 0)])
def test_a_strip_may_read_wholly_beyond_the_border(
    monkeypatch: pytest.MonkeyPatch, flow: tuple[float, float]
) -> None:
    """Such a strip was read from an empty cut: OpenCV returned whatever the memory held."""
    monkeypatch.setattr(paste_module, "STRIP", 4)
    photo = waves(60, 60)
    transform = to_aligned(scale=0.5, angle=0, middle=(30, 30))  # the photo lies inside the frame
    edited = paste(photo, change(flow=flow), transform)
    dx, dy = 2 * flow[0], 2 * flow[1]
    rows, columns = (np.clip(np.arange(60) + d, 0, 59) for d in (dy, dx))
    np.testing.assert_array_equal(edited, photo[np.ix_(rows, columns)])


def test_a_frame_beside_the_photo_changes_nothing() -> None:
    photo = noise(50, 50, 3)
    transform = to_aligned(scale=1, angle=0, middle=(500, 500))
    np.testing.assert_array_equal(paste(photo, random_change(), transform), photo)


class TestInside:
    """A mouth whose inside is drawn with the picture of an open mouth."""

    TOP = 66

    def skin(self, side: int) -> NDArray[np.uint8]:
        """A photo in colour: one without gets none from what is drawn."""
        return np.tile(np.array([120, 90, 80], np.uint8), (side, side, 1))

    def opened(self, lit: float, flow: tuple[float, float] = (0, 0)) -> FaceChange:
        """A face of which the mouth region alone is drawn: white, the picture over it."""
        region = np.zeros((128, 128), np.float32)
        region[self.TOP : self.TOP + 48, 32:96] = 1
        return FaceChange(
            flow=np.zeros((128, 128, 2), np.float32),
            keep=1 - region,
            colour=np.repeat(255 * region[..., None], 3, axis=2),
            inside=InsideChange(
                flow=np.tile(np.array(flow, np.float32), (128, 128, 1)),
                lit=np.repeat(lit * region[..., None], 3, axis=2),
                mouth_top=self.TOP,
            ),
        )

    @pytest.mark.parametrize("scale", [1, 4])
    def test_the_picture_is_as_sharp_as_the_photo(self, scale: int) -> None:
        photo = self.skin(128 * scale)
        to_frame = Similarity(np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]]))
        edited = paste(photo, self.opened(255.0), to_frame)
        inner = edited[(self.TOP + 2) * scale : (self.TOP + 46) * scale, 34 * scale : 94 * scale]
        picture = open_mouth(scale)[2 * scale : -2 * scale, 2 * scale : -2 * scale] * 255
        np.testing.assert_allclose(inner, picture, atol=1.0)

    def test_it_is_read_along_its_flow(self) -> None:
        photo = self.skin(128)
        frame = Similarity(np.array([[1.0, 0, 0], [0, 1.0, 0]]))
        edited = paste(photo, self.opened(255.0, flow=(5.0, -3.0)), frame)
        expected = open_mouth(1)[7:37, 15:55] * 255
        np.testing.assert_allclose(edited[76:106, 42:82], expected, atol=1.0)

    def test_unlit_the_colour_stays(self) -> None:
        photo = self.skin(128)
        frame = Similarity(np.array([[1.0, 0, 0], [0, 1.0, 0]]))
        plain = paste(photo, dataclasses.replace(self.opened(0.0), inside=None), frame)
        np.testing.assert_array_equal(paste(photo, self.opened(0.0), frame), plain)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_photo_without_colour_gets_none(depth: type[np.unsignedinteger]) -> None:
    """Teeth and lids came out cyan in a grey photo that is kept as RGB."""
    grey = waves(300, 300)[..., :1].astype(depth) * np.array([np.iinfo(depth).max // 255], depth)
    photo = np.repeat(grey, 3, axis=2)
    coloured = dataclasses.replace(
        random_change(), shade=np.tile(np.array([0.7, 0.9, 1.1], np.float32), (128, 128, 1))
    )
    transform = to_aligned(scale=0.5, angle=0.1, middle=(150, 150))
    edited = paste(photo, coloured, transform)
    assert (edited != photo).any()
    assert (edited == edited[..., :1]).all()
    photo[150, 150, 1] += 1
    assert (paste(photo, coloured, transform) != edited).any()
