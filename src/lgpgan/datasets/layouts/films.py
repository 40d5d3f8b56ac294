"""Frames of acted films whose names say everything: RAVDESS and CREMA-D.

``01-01-05-02-01-02-07.mp4`` of RAVDESS: modality, channel, emotion, intensity, statement,
repetition, actor. ``1001_DFA_ANG_XX.flv`` of CREMA-D: actor, sentence, emotion, level. Frames carry
the name of their film, with something behind it, or lie in a folder that is called so.

A face comes from rest and goes back to it, so that the middle third of a film's frames counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from lgpgan.datasets.layouts.listing import Choices, Entry, Layout, LeftOut, Listing, Reason, Source

__all__ = ["CREMA_D", "RAVDESS"]

NUMBERS = re.compile(r"\d+")
FEWEST = 3
"""Of a film with fewer frames all count."""


@dataclass(frozen=True)
class Films:
    """How the films of a collection are named.

    Attributes:
        title: what people call the collection.
        pattern: of a film's name, in any case of letters, with the groups ``actor`` and
            ``emotion``.
        labels: what ``emotion`` stands for.
        gender: of an actor by number; None where it cannot be told.
    """

    title: str
    pattern: str
    labels: Mapping[str, str]
    gender: Callable[[int], str | None]

    def layout(self, name: str, *, citation: str, terms: str) -> Layout:
        """The layout of the collection; the arguments are those of :class:`Layout`."""

        def entries(source: Source, choices: Choices) -> Listing:
            return self._entries(source, name, citation)

        return Layout(
            name=name,
            title=self.title,
            recognise=self._recognise,
            entries=entries,
            citation=citation,
            terms=terms,
        )

    def _recognise(self, source: Source, choices: Choices) -> str:
        """The first frame that is named so; empty where less than half of the photos are."""
        named = [photo for photo in source.photos if self._film(photo)]
        if not named or 2 * len(named) < len(source.photos):
            return ""
        return f"{named[0]} is named as {self.title}'s films are"

    def _entries(self, source: Source, name: str, citation: str) -> Listing:
        films = defaultdict(list)
        left_out = {}
        for photo in source.photos:
            if match := self._film(photo):
                films[match["film"].upper()].append((photo, match))
            else:
                left_out[photo] = LeftOut(Reason.NO_LABEL, "its name does not say what it shows.")
        entries = []
        for film, frames in films.items():
            frames.sort(key=lambda frame: _natural(frame[0]))
            third = len(frames) // 3 if len(frames) >= FEWEST else 0
            for photo, match in frames[third : len(frames) - third]:
                actor = match["actor"]
                entries.append(
                    Entry(
                        photo=photo,
                        path=source.folder / photo,
                        label=self.labels[match["emotion"].upper()],
                        person=f"{name}-{actor}",
                        sequence=film,
                        source=citation,
                        gender=self.gender(int(actor)),
                    )
                )
        all_frames = sum(map(len, films.values()))
        notes = []
        if len(entries) < all_frames:
            notes.append(
                f"{len(entries):,} of {all_frames:,} frames are used, those in the middle third of "
                "every film; the face begins and ends at rest."
            )
        return Listing(entries, left_out, notes)

    def _film(self, photo: str) -> re.Match[str] | None:
        """The film that a frame is from, by its own name or that of its folder."""
        path = PurePosixPath(photo)
        return self._whole.fullmatch(path.stem) or self._whole.fullmatch(path.parent.name)

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?:.*[^a-z0-9])?(?P<film>{self.pattern})(?:[^a-z0-9].*)?", re.IGNORECASE | re.ASCII
        )


def _natural(name: str) -> list[tuple[int, str]]:
    """By the numbers in a name: frame 10 comes after frame 9."""
    texts, numbers = NUMBERS.split(name), NUMBERS.findall(name)
    return list(zip([0, *map(int, numbers)], texts, strict=True))


def _by_parity(actor: int) -> str:
    """The gender of an actor of RAVDESS: those with odd numbers are male."""
    return "male" if actor % 2 else "female"


RAVDESS_CITATION = (
    "Livingstone, S. R., & Russo, F. A. (2018). The Ryerson Audio-Visual Database of Emotional "
    "Speech and Song (RAVDESS). PLoS ONE 13(5): e0196391. doi:10.1371/journal.pone.0196391"
)
RAVDESS = Films(
    title="RAVDESS",
    pattern=r"0[1-3]-0[12]-(?P<emotion>0[1-8])-0[12]-0[12]-0[12]-(?P<actor>[01]\d|2[0-4])",
    labels={
        "01": "neutral",
        "02": "calm",
        "03": "happy",
        "04": "sad",
        "05": "angry",
        "06": "fearful",
        "07": "disgust",
        "08": "surprised",
    },
    gender=_by_parity,
).layout("ravdess", citation=RAVDESS_CITATION, terms="CC BY-NC-SA 4.0: non-commercial use only")
CREMA_D_CITATION = (
    "Cao, H., Cooper, D. G., Keutmann, M. K., Gur, R. C., Nenkova, A., & Verma, R. (2014). "
    "CREMA-D: Crowd-sourced emotional multimodal actors dataset. IEEE Transactions on Affective "
    "Computing 5(4). doi:10.1109/TAFFC.2014.2336244"
)
CREMA_D = Films(
    title="CREMA-D",
    pattern=r"(?P<actor>10\d\d)_[A-Z]{3}_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX?)",
    labels={
        "ANG": "anger",
        "DIS": "disgust",
        "FEA": "fear",
        "HAP": "happy",
        "NEU": "neutral",
        "SAD": "sad",
    },
    gender=lambda actor: None,
).layout(
    "crema-d",
    citation=CREMA_D_CITATION,
    terms="Open Database License 1.0",
)
