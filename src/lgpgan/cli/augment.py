"""``lgpgan augment``: make new labelled faces of the people in a set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

import tyro

from lgpgan.augmentation.augment import REPORT, SHEET, AugmentationReport, augment_set
from lgpgan.augmentation.card import CARD
from lgpgan.augmentation.data import open_data
from lgpgan.augmentation.gates import GATES
from lgpgan.augmentation.layouts import check_layout, lay_out
from lgpgan.augmentation.methods import ExpressionMethod, TrainedMethod
from lgpgan.augmentation.options import (
    AugmentationOptions,
    BalanceBy,
    GateLimits,
    Groups,
    Range,
    Sources,
)
from lgpgan.augmentation.rendering import STUDIO, StudioMethod
from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.counts import faces_text
from lgpgan.datasets.collecting import AUTO
from lgpgan.datasets.layouts import LAYOUTS as COLLECTIONS
from lgpgan.datasets.layouts.numbers import KEEP, NUMBERS
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.errors import InputError
from lgpgan.face3d.face_model import find_face_model
from lgpgan.methods.weights_info import weights_of
from lgpgan.parallel.engine import EngineName, find_engine
from lgpgan.parallel.processes import number_of_processes

__all__ = ["augment"]

LIMITS = GateLimits()


def augment(
    data: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DATA")],
    dest: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DEST")],
    *,
    per_class: Annotated[int, tyro.conf.arg(metavar="N")] = 0,
    balance: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    to: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CLASS|all")
    ] = (),
    intensity: Annotated[str, tyro.conf.arg(metavar="LOW..HIGH")] = "0.5..1.2",
    mixtures: Annotated[float, tyro.conf.arg(metavar="SHARE")] = 0.0,
    sources: Annotated[Sources, tyro.conf.arg(name="from")] = "neutral",
    also_from: Annotated[
        tuple[Path, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="SET")
    ] = (),
    like_set: Annotated[Path | None, tyro.conf.arg(metavar="SET")] = None,
    balance_by: Annotated[BalanceBy, tyro.conf.arg(metavar="|".join(get_args(Groups)))] = "",
    method: Annotated[str, tyro.conf.arg(metavar="default|studio|RUN")] = "default",
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    write_as: Literal["imagefolder", "folders", "csv", "webdataset", "parquet"] = "imagefolder",
    layout: Annotated[str, tyro.conf.arg(metavar="|".join((AUTO, *COLLECTIONS)))] = AUTO,
    numbers: Annotated[str, tyro.conf.arg(metavar="|".join((*NUMBERS, KEEP)))] = "",
    seed: int = 0,
    attempts: int = AugmentationOptions.attempts,
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    engine: EngineName = "local",
    change: float = LIMITS.change,
    overlap: float = LIMITS.overlap,
    identity: float = LIMITS.identity,
    agreement: float = LIMITS.agreement,
    without_gate: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="|".join(GATES))
    ] = (),
) -> int:
    """Make new labelled faces of the people in a set, to train expression recognisers on.

    DATA is a prepared set, or a collection of labelled photos as 'lgpgan prepare' takes them. A
    collection becomes a set first, in DEST-faces. Only the split 'train' is used, so that people
    who are kept out stay unseen. Every new face must pass four gates: it differs from its source
    ('too near'), a face is still found in it ('no face'), a recogniser reads what was asked for
    ('not read'), and it is still the same person ('other person'). A face that fails is counted and
    drawn anew. A gate whose files are missing ('lgpgan assets' lists them) is left out.

    DEST becomes a prepared set with a card (README.md), a sheet of 64 faces and the list of
    rejected faces. The same set, method, seed and options give the same files. A run that was
    stopped goes on when the same command is run again.

    Examples:
      lgpgan augment runs/faces runs/more --per-class 500
      lgpgan augment runs/fer runs/fer-balanced --balance --from any
      lgpgan augment runs/portraits runs/for-fer --per-class 500 --like-set runs/fer
      lgpgan augment runs/london runs/more --per-class 500 --also-from runs/canada
      lgpgan augment photos/ runs/more --per-class 200 --to happy --to sad --write-as csv
      lgpgan augment runs/faces runs/rival --per-class 500 --method runs/stargan
      lgpgan augment runs/faces runs/drawn --per-class 500 --method studio --face-model FaceXModel
      lgpgan augment runs/faces runs/many --per-class 50000 --engine ray --jobs 64

    Args:
        data: A prepared set, or a collection: a folder or a .csv.
        dest: Folder of the new faces.
        per_class: New faces of every class.
        balance: Fill every class up to the size of the largest class in DATA.
        to: A class that is wanted; may be repeated; 'all' for every one that the method knows. By
            default those of DATA; all where DATA is nothing but neutral.
        intensity: How strong, drawn anew for every face; 1 is the class itself, 1.3 the most.
        mixtures: Share of the new faces that show a second, weaker expression as well, 0 to 1.
        sources: Edit neutral faces only, or faces of any other class.
        also_from: A further prepared set to make faces from; may be repeated. All of them are
            joined in DEST-joined.
        like_set: The prepared set that the new faces are for: each is given light, contrast,
            colours, blur, noise and crop of one of its faces.
        balance_by: Draw people of every group equally often, so that rare groups are not rare.
        method: The weights that come with lgpgan, a run, a weights file, or the studio's 3-D face,
            whose action units are exact.
        face_model: For the studio: ICT-FaceKit, its folder FaceXModel or a compact .npz;
            LGPGAN_FACE_MODEL if not named here.
        write_as: What trainers read: Hugging Face's imagefolder (the default), folders of classes,
            labels.csv, WebDataset shards, or parquet. The folders of classes are always there.
        layout: How a collection is laid out; 'auto' finds out.
        numbers: What the classes of a collection stand for where they are numbers; see 'lgpgan
            prepare --help'.
        seed: Seed of all random draws.
        attempts: Attempts at a face that does not pass the gates.
        jobs: Processes; one a core if not said. The faces do not depend on it.
        engine: What spreads the work: processes of this machine; or a Ray cluster, the one that
            RAY_ADDRESS names or one on this machine.
        change: Least mean change of the eye or the mouth region; a pixel spans −1 to 1.
        overlap: Least overlap of the face that is found with its place, 0 to 1.
        identity: Greatest distance of dlib's descriptors; below 0.6 it is the same person.
        agreement: Least probability of what was asked for, by the surest recogniser.
        without_gate: A gate to leave out; may be repeated.
    """
    options = AugmentationOptions(
        per_class=per_class,
        balance=balance,
        classes=to,
        intensity=Range.parse(intensity),
        mixtures=mixtures,
        sources=sources,
        balance_by=balance_by,
        attempts=attempts,
        seed=seed,
        limits=GateLimits(
            change=change,
            overlap=overlap,
            identity=identity,
            agreement=agreement,
            left_out=without_gate,
        ),
    )
    check_layout(write_as)
    giving = _method(method, face_model)
    processes = number_of_processes(jobs, "--jobs")
    like = PreparedSet.load(like_set) if like_set is not None else None
    with progress_bar("preparing", unit="photos") as advance:
        prepared = open_data(
            data,
            dest,
            layout=layout,
            numbers=numbers,
            further=[PreparedSet.load(one) for one in also_from],
            processes=processes,
            progress=lambda done, total: advance(done, total, ""),
            note=lambda note: say(f"note: {note}"),
        )
    with progress_bar("making faces", unit="faces") as advance:
        report = augment_set(
            prepared,
            dest,
            giving,
            options,
            like=like,
            processes=processes,
            engine=find_engine(engine),
            progress=lambda done, total: advance(done, total, ""),
        )
    written = lay_out(report.prepared, write_as)
    say(*_summary(report))
    tell(dest, *written, dest / CARD, dest / REPORT / SHEET)
    return 0


def _method(name: str, face_model: Path | None) -> ExpressionMethod:
    """What gives the expressions.

    Raises:
        InputError: when a 3-D face is named that nothing is drawn with.
        MissingPartError: when there is none to draw with.
    """
    if name == STUDIO:
        return StudioMethod(find_face_model(face_model))
    if face_model is not None:
        raise InputError(f"--face-model is for the studio; add --method {STUDIO}.")
    return TrainedMethod(weights_of(name))


def _summary(report: AugmentationReport) -> Iterator[str]:
    """What was made, what was rejected and why, and what is to be known of it."""
    made = len(report.prepared.records) + len(report.prepared.blended)
    rejected: Counter[str] = Counter()
    for of_class in report.rejected.values():
        rejected.update(of_class)
    listed = ", ".join(f"{count} {reason}" for reason, count in rejected.most_common())
    yield f"{made} faces; rejected {rejected.total()}{f': {listed}' if listed else ''}"
    for name, count in report.short.items():
        yield f"note: {name}: {faces_text(count)} missing; no attempt passed the gates"
    for note in report.notes:
        yield f"note: {note}"
