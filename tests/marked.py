"""Pictures that do not say that they are synthetic."""

from __future__ import annotations

from pathlib import Path

from lgpgan.photos.marks import SourceType, read_provenance

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".avif", ".gif", ".mp4")


def unmarked_pictures(folder: Path) -> list[str]:
    """Pictures, animations and figures under a folder without the mark; fails where there are none.

    Of PDF files, whose mark is in their information dictionary, the digital source type is looked
    for.
    """
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    figures = sorted(folder.rglob("*.pdf"))
    assert pictures
    unmarked = [path for path in pictures if not read_provenance(path)]
    unmarked += [path for path in figures if SourceType.EDITED.encode() not in path.read_bytes()]
    return [str(path.relative_to(folder)) for path in unmarked]
