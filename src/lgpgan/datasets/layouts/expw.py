"""ExpW, Expression in-the-Wild: photos from the web, with several faces on many.

``label.lst`` has a line a face: ``name.jpg 0 12 34 56 78 90.1 3``. These are the photo, the number
of the face on it, its box (top, left, right, bottom), how sure the box is, and the expression. The
photos are in ``image/origin``.
"""

from __future__ import annotations

from lgpgan.datasets.layouts.listing import (
    Choices,
    Entry,
    Layout,
    LeftOut,
    Listing,
    Source,
    numbered_label,
)
from lgpgan.datasets.tables import read_text
from lgpgan.errors import InputError

__all__ = ["EXPW"]

LIST = "label.lst"
LABELS = {0: "angry", 1: "disgust", 2: "fear", 3: "happy", 4: "sad", 5: "surprise", 6: "neutral"}
CELLS = 8
CITATION = (
    "Zhang, Z., Luo, P., Loy, C. C., & Tang, X. (2018). From facial expression recognition to "
    "interpersonal relation prediction. International Journal of Computer Vision, 126, 550–569. "
    "doi:10.1007/s11263-017-1055-1"
)


def recognise(source: Source, choices: Choices) -> str:
    """Whether ExpW's list is there."""
    name = source.file_named(LIST)
    return name and f"{name} is ExpW's list of faces"


def entries(source: Source, choices: Choices) -> Listing:
    """The faces that the list names.

    Raises:
        InputError: when the list is missing or damaged; the message names the line.
    """
    name = source.file_named(LIST)
    if not name:
        raise InputError(f"{source.path} holds no {LIST}; name the folder that does.")
    try:
        lines = read_text(source.folder / name).splitlines()
    except OSError as error:
        raise InputError(f"{source.folder / name} cannot be read: {error.strerror}.") from error
    found: dict[str, Entry] = {}
    left_out = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{source.folder / name}, line {number}"
        cells = line.rsplit(maxsplit=CELLS - 1)
        try:
            top, left, right, bottom = map(float, cells[2:6])
            file, face, label = cells[0], cells[1], cells[7]
        except (ValueError, IndexError) as error:
            raise InputError(
                f"{place}: it does not hold a photo, a face, a box, how sure it is, and a label; "
                "copy the list again."
            ) from error
        photo = source.photo_named(file)
        shown = numbered_label(LABELS, label, place)
        if isinstance(photo, LeftOut):
            left_out[f"{file} face {face}"] = photo
            continue
        called = f"{photo} face {face}"
        found.setdefault(
            called,
            Entry(
                photo=called,
                path=source.folder / photo,
                label=shown,
                cropped=True,
                box=(left, top, right, bottom),
                source=CITATION,
            ),
        )
    return Listing(list(found.values()), left_out)


EXPW = Layout(
    name="expw",
    title="ExpW",
    recognise=recognise,
    entries=entries,
    citation=CITATION,
    terms="non-commercial research only",
)
