"""What became of the photos of a collection: used, rescued or left out, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lgpgan.datasets.labels import class_order
from lgpgan.datasets.layouts.listing import LeftOut, Reason
from lgpgan.datasets.records import Record
from lgpgan.datasets.splits import in_usual_order
from lgpgan.faces.detection import Look
from lgpgan.faces.detectors.patient_detector import has_networks

__all__ = ["LOOKS", "Outcome"]

MANY = 0.1
"""Share of the photos from which it is said what to do about those that are left out."""
LOOKS = {
    Look.FIRST: "at the first look",
    Look.NETWORKS: "by MediaPipe's networks",
    Look.BORDER: "enlarged, with a border",
    Look.BRIGHTER: "brightened",
    Look.TURNED: "turned",
    Look.FRAME: "not at all, so that the whole frame was taken",
}
"""How a face was found, in words."""
FETCH = "lgpgan assets --fetch mediapipe"
ADVICE = {
    Reason.UNREADABLE: "open some of them in a viewer, and copy or download the damaged ones again",
    Reason.NO_FACE: "take out what shows no face, and use photos that show one from the front",
    Reason.SEVERAL_FACES: "cut them so that each shows one face",
    Reason.TOO_SMALL: "use larger copies of them, with at least 12 pixels between the eyes",
    Reason.CUT_OFF: "use photos that show both eyes and the mouth, and a larger --max-cut if you "
    "gave one",
    Reason.NOT_FRONTAL: "add --all-angles to take faces from the side, too, into a new folder",
    Reason.NO_LABEL: "see in the list what is missing, and name the column with --label-column",
    Reason.SEVERAL_LABELS: "see in the list which labels contradict each other, and mend them",
    Reason.FAILED: "run the same command again, with fewer --jobs",
}
"""What to do about photos that are left out."""


@dataclass(frozen=True)
class Outcome:
    """What became of the photos of a collection.

    Attributes:
        looked_at: number of photos in which a face was looked for.
        found: number of those in which one or several were found.
        records: the faces that are used.
        left_out: photo to the reason why it is not used.
    """

    looked_at: int
    found: int
    records: Sequence[Record]
    left_out: Mapping[str, LeftOut]

    @property
    def photos(self) -> int:
        """Number of all photos."""
        return len(self.records) + len(self.left_out)

    @property
    def reasons(self) -> dict[Reason, int]:
        """Reason to the number of photos that are left out for it, the most frequent first."""
        return dict(Counter(left.reason for left in self.left_out.values()).most_common())

    @property
    def looks(self) -> dict[Look, int]:
        """How faces were found to the number of those that are used, in the order of the looks."""
        counts = Counter(record.look for record in self.records)
        return {look: counts[look] for look in Look if counts[look]}

    def counts(self) -> tuple[list[str], dict[str, list[int]]]:
        """The splits, and class to the number of its faces in each of them; the last row is all."""
        splits = in_usual_order(record.split for record in self.records)
        counts = Counter((record.expression, record.split) for record in self.records)
        classes = class_order({record.expression for record in self.records})
        rows = {name: [counts[name, split] for split in splits] for name in classes}
        rows["all"] = [sum(column) for column in zip(*rows.values(), strict=True)]
        return splits, rows

    def sentences(self) -> Iterator[str]:
        """What was found and what was left out, and why."""
        ways = ", ".join(f"{count} {LOOKS[look]}" for look, count in self.looks.items())
        used = f"; of those used: {ways}" if ways else ""
        yield f"a face was found in {self.found} of {self.looked_at} photos{used}"
        if self.left_out:
            listed = ", ".join(f"{count} {reason}" for reason, count in self.reasons.items())
            yield f"left out {len(self.left_out)}: {listed}"

    def advice(self) -> Iterator[str]:
        """What would bring more photos into the set."""
        reasons = self.reasons
        without = reasons.get(Reason.NO_FACE, 0)
        if without and not has_networks():
            photos = "photo" if without == 1 else "photos"
            yield (
                f"MediaPipe's networks find faces that dlib does not, and {without} {photos} were "
                f"left out for want of a face: run {FETCH}, and the same command again"
            )
        if len(self.left_out) > MANY * self.photos:
            reason, count = next(iter(reasons.items()))
            yield f"most are left out as '{reason}' ({count}): {ADVICE[reason]}"
