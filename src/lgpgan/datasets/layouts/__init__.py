"""The ways in which collections of labelled faces are laid out on disk.

Each layout has a module of its own, which lists a collection's photos with their labels and what
else is known. `detect_layout` finds out which one a collection has.
"""

from __future__ import annotations

from lgpgan.choices import check_choice
from lgpgan.datasets.layouts.affectnet import AFFECTNET
from lgpgan.datasets.layouts.ck_plus import CK_PLUS
from lgpgan.datasets.layouts.coco import COCO
from lgpgan.datasets.layouts.described import describe
from lgpgan.datasets.layouts.expw import EXPW
from lgpgan.datasets.layouts.fer2013 import FER2013
from lgpgan.datasets.layouts.fer_plus import FER_PLUS
from lgpgan.datasets.layouts.films import CREMA_D, RAVDESS
from lgpgan.datasets.layouts.folders import FOLDERS
from lgpgan.datasets.layouts.jaffe import JAFFE
from lgpgan.datasets.layouts.kdef import KDEF
from lgpgan.datasets.layouts.listing import Choices, Layout, Source
from lgpgan.datasets.layouts.parquet import PARQUET
from lgpgan.datasets.layouts.raf_db import RAF_DB
from lgpgan.datasets.layouts.rafd import RAFD
from lgpgan.datasets.layouts.table import TABLE
from lgpgan.datasets.layouts.words import WORDS
from lgpgan.datasets.layouts.yolo import YOLO
from lgpgan.errors import InputError

__all__ = ["LAYOUTS", "detect_layout", "find_layout"]

LAYOUTS = {
    layout.name: layout
    for layout in (
        *(RAFD, KDEF, JAFFE, RAVDESS, CREMA_D, CK_PLUS, RAF_DB, EXPW, AFFECTNET, FER_PLUS),
        *(FER2013, PARQUET, COCO, YOLO, TABLE, WORDS, FOLDERS),
    )
}
"""Every layout by its name; looked for in this order."""


def find_layout(name: str) -> Layout:
    """The layout called ``name``.

    Raises:
        InputError: when there is none.
    """
    check_choice(name, LAYOUTS, "layout")
    return LAYOUTS[name]


def detect_layout(source: Source, choices: Choices) -> tuple[Layout, str]:
    """The layout that a collection has, and what gave it away.

    Raises:
        InputError: when it has none of them.
    """
    for layout in LAYOUTS.values():
        reason = layout.recognise(source, choices)
        if reason:
            return layout, reason
    raise InputError(describe(source))
