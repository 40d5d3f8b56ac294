"""Animations: a photo from the person's neutral face to an expression and back, as GIF or MP4."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.editing.reduced import reduced_photo
from lgpgan.errors import InputError
from lgpgan.expressions.target import Target
from lgpgan.files import memory_file, replacing
from lgpgan.packages import needed
from lgpgan.photos.colours import to_srgb
from lgpgan.photos.deep_colour import eight_bits
from lgpgan.photos.marks import gif_with_packet, packet_box, xmp_packet
from lgpgan.photos.writing import writing_failure

__all__ = ["ANIMATIONS", "Animation", "animate", "check_animation", "encode_animation"]

SECONDS = 2.0
"""From neutral to the expression and back."""
BT709 = 1
"""Number of the HDTV standard among the colour spaces, primaries and curves of ITU-T H.273."""


@dataclass(frozen=True)
class Animation:
    """A kind of file that moves.

    Attributes:
        rate: frames a second.
        longest_side: of the picture, in pixels; larger photos are reduced.
    """

    rate: int
    longest_side: int

    @property
    def frames(self) -> int:
        """Number of frames."""
        return round(self.rate * SECONDS)


ANIMATIONS: Mapping[str, Animation] = {
    ".gif": Animation(rate=20, longest_side=640),
    ".mp4": Animation(rate=25, longest_side=1080),
}
"""By the suffix of the file."""


def check_animation(suffix: str) -> None:
    """Make sure that files of a kind can be written.

    Raises:
        MissingPartError: when a package is missing.
    """
    if suffix == ".mp4":
        _video_library()


def animate(
    editor: Editor,
    opened: OpenedPhoto,
    target: Target,
    path: str | Path,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write an animation of a photo's faces; it begins and ends at neutral, so it can be looped.

    Args:
        editor: who edits.
        opened: the photo.
        target: the expression, at the strength of its intensity.
        path: the file, with one of the suffixes of :data:`ANIMATIONS`; it appears when it is whole.
        progress: told how many of how many frames are made.

    Raises:
        InputError: when the file has another suffix.
        MissingPartError: when a package is missing.
        LgpganError: when the file cannot be written; one that was there is untouched.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in ANIMATIONS:
        raise InputError(f"{path} is no animation; name a file of {', '.join(ANIMATIONS)}.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_bytes(
                encode_animation(editor, opened, target, suffix, progress=progress)
            )
    except OSError as error:
        raise writing_failure(path, error) from error


def encode_animation(
    editor: Editor,
    opened: OpenedPhoto,
    target: Target,
    suffix: str,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> bytes:
    """The bytes of the file that :func:`animate` writes.

    Args:
        editor: who edits.
        opened: the photo.
        target: the expression, at the strength of its intensity.
        suffix: one of :data:`ANIMATIONS`.
        progress: told how many of how many frames are made.

    Raises:
        MissingPartError: when a package is missing.
        OSError: when there is no room for it.
    """
    kind = ANIMATIONS[suffix]
    small = reduced_photo(opened, kind.longest_side, even=True)
    frames = _frames(editor, small, target, kind.frames, progress)
    encode = _encode_gif if suffix == ".gif" else _encode_mp4
    return encode(frames, kind, target.describe())


def _frames(
    editor: Editor,
    opened: OpenedPhoto,
    target: Target,
    count: int,
    progress: Callable[[int, int], None],
) -> Iterator[NDArray[np.uint8]]:
    ease = (1 - np.cos(2 * np.pi * np.arange(count) / count)) / 2
    series = [target.at(float(strength) * target.intensity) for strength in ease]
    for number, edit in enumerate(editor.apply_series(opened, series)):
        progress(number, count)
        yield to_srgb(eight_bits(edit.pixels), opened.photo.icc_profile)


def _encode_gif(frames: Iterator[NDArray[np.uint8]], kind: Animation, comment: str) -> bytes:
    pictures = [Image.fromarray(frame) for frame in frames]
    middle = pictures[len(pictures) // 2]
    both = Image.new("RGB", (middle.width * 2, middle.height))
    both.paste(pictures[0], (0, 0))
    both.paste(middle, (middle.width, 0))
    palette = both.quantize(256, method=Image.Quantize.MEDIANCUT)
    drawn = [_with_palette(picture, palette) for picture in pictures]
    content = io.BytesIO()
    drawn[0].save(
        content,
        "GIF",
        save_all=True,
        append_images=drawn[1:],
        duration=round(1000 / kind.rate),
        loop=0,
        comment=comment.encode(),
    )
    return gif_with_packet(content.getvalue(), xmp_packet(comment))


def _with_palette(picture: Image.Image, palette: Image.Image) -> Image.Image:
    """The picture in the palette's colours, dithered by a pattern that stands still.

    Error diffusion would let grains dance wherever the face changes, and everywhere below it.
    """
    height, width = picture.height, picture.width
    repeats = (-(-height // len(PATTERN)), -(-width // len(PATTERN)))
    grain = np.tile(PATTERN, repeats)[:height, :width, None]
    values = np.clip(np.asarray(picture) + np.rint(grain * GRAIN), 0, 255).astype(np.uint8)
    return Image.fromarray(values).quantize(palette=palette, dither=Image.Dither.NONE)


def _ordered_pattern(doublings: int) -> NDArray[np.float64]:
    """Bayer's thresholds, −0.5 to 0.5, (2ⁿ, 2ⁿ): every average is spread as evenly as can be.

    Bayer, An optimum method for two-level rendition of continuous-tone pictures, 1973.
    """
    order = np.zeros((1, 1))
    for _ in range(doublings):
        order = np.block([[4 * order, 4 * order + 2], [4 * order + 3, 4 * order + 1]])
    return (order + 0.5) / order.size - 0.5


PATTERN = _ordered_pattern(3)
GRAIN = 8.0
"""Levels of 255 between the darkest and the lightest grain: more shows on plain backgrounds."""


def _encode_mp4(frames: Iterator[NDArray[np.uint8]], kind: Animation, comment: str) -> bytes:
    av = _video_library()
    options = {"movflags": "faststart"}  # can be shown before it is wholly loaded
    with (
        memory_file() as path,  # faststart reads by its name what it has written
        av.open(str(path), "w", format="mp4", options=options) as container,
    ):
        container.metadata["comment"] = comment
        stream: Any = None
        for pixels in frames:
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(kind.rate))
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "18", "threads": "1"}
                # said in the file: players guess other colours for large pictures than for small
                stream.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
                stream.codec_context.colorspace = BT709
                stream.codec_context.color_primaries = BT709
                stream.codec_context.color_trc = BT709
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            coded = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
            container.mux(stream.encode(coded))
        container.mux(stream.encode())
        container.close()
        return path.read_bytes() + packet_box(xmp_packet(comment))


def _video_library() -> Any:
    with needed("MP4 files, unlike GIF files, need"):
        import av
    return av
