"""``lgpgan prepare``: a collection of labelled photos in, a prepared set out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.set_checks import (
    describe_near_duplicates,
    find_near_duplicates,
    listed,
    look_for_doubts,
    warn_of_near_duplicates,
)
from lgpgan.cli.terminal import say, tell
from lgpgan.counts import people_text
from lgpgan.datasets.collecting import (
    AUTO,
    BY_FACE,
    GIVEN,
    PEOPLE,
    SPLITS,
    Collection,
    CollectionOptions,
    collect,
)
from lgpgan.datasets.inspection import Inspection, inspect_set, region_sheet
from lgpgan.datasets.labels import parse_mapping
from lgpgan.datasets.layouts import LAYOUTS
from lgpgan.datasets.layouts.listing import Choices
from lgpgan.datasets.layouts.numbers import KEEP, NUMBERS
from lgpgan.datasets.people_by_face import ByFace
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.preparer import REPORT, FaceRules
from lgpgan.datasets.preparing import PreparingReport, Size, prepare_set
from lgpgan.datasets.splits import PEOPLE_FOR_CHOOSING
from lgpgan.errors import InputError
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.files import check_apart, write_bytes
from lgpgan.parallel.engine import EngineName, find_engine
from lgpgan.parallel.processes import number_of_processes

__all__ = ["prepare"]

SHEET = "regions.png"


def prepare(
    source: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")],
    dest: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="DEST")] = None,
    *,
    layout: Annotated[str, tyro.conf.arg(metavar="|".join((AUTO, *LAYOUTS)))] = AUTO,
    size: Size = TEMPLATE_SIZE,
    split: Annotated[str, tyro.conf.arg(metavar="|".join(SPLITS))] = AUTO,
    people: Annotated[str, tyro.conf.arg(metavar="|".join(PEOPLE))] = GIVEN,
    test_share: float = 0.1,
    validation_share: float | None = None,
    seed: int = 0,
    all_angles: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    max_cut: float = 1.0,
    rename: Annotated[
        tuple[str, ...],
        tyro.conf.UseAppendAction,
        tyro.conf.arg(name="map", metavar="OLD=NEW"),
    ] = (),
    keep_names: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    leave_out: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="CLASS")
    ] = (),
    path_column: str = "",
    label_column: str = "",
    person_column: str = "",
    split_column: str = "",
    numbers: Annotated[str, tyro.conf.arg(metavar="|".join((*NUMBERS, KEEP)))] = "",
    soft_labels: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    engine: EngineName = "local",
    check: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    without_doubts: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> int:
    """Make a set that 'lgpgan train' takes of a collection of labelled photos, or look at one.

    RaFD, KDEF, JAFFE, CK+, RAF-DB, ExpW, AffectNet, FER2013, FER+ and frames of RAVDESS and CREMA-D
    are read as they are given out and as they are passed around; other photos from one folder a
    class, from a list with a path and a label a row, or from parquet files. Preparing that was
    stopped goes on when the same command is run again.

    Examples:
      lgpgan prepare RaFD/ runs/rafd
      lgpgan prepare RaFD/ runs/rafd-paper --split image      nine tenths of the images to train
      lgpgan prepare faces/ runs/faces --map joyful=happy --leave-out bored
      lgpgan prepare list.csv runs/list --label-column mood --person-column subject
      lgpgan prepare --check runs/rafd

    Args:
        source: The collection: a folder, or a list (.csv, .tsv, .jsonl); with --check, the set.
        dest: Folder of the set.
        layout: How the collection is laid out; 'auto' finds out.
        size: Side of the aligned faces in pixels.
        split: Keep whole people out of training, or single images as the paper did; 'auto' keeps
            the collection's own splits, and people where it has none; 'keep' keeps nobody else
            out.
        people: Who is on the photos: what the collection says; or, where it does not say it, faces
            that look like one person are grouped, so that people can be kept apart.
        test_share: Share of the people, or images, kept out of training to report figures on.
        validation_share: Share of the people, or images, kept out of training to choose weights
            and options on; if not said, a tenth of the people, and no images, as in the paper.
        seed: Seed of the draw.
        all_angles: Take faces that are turned to the side, too.
        max_cut: Leave out faces of which a larger share lies beyond the photo's border, 0 to 1;
            a face on a tight crop has 0.3 to 0.6.
        rename: Give a label the name of another class; may be repeated.
        keep_names: Keep the collection's names for the eight expressions.
        leave_out: A class that is not wanted; may be repeated.
        path_column: Column of a list with the photos' paths, relative to it.
        label_column: Column of a list with the labels.
        person_column: Column of a list that says who is on each photo.
        split_column: Column of a list with train or test.
        numbers: What classes that are numbers stand for: the order of the alphabet, or that of a
            collection; 'keep' for none of these. By default what a file beside the photos or the
            name of the collection says.
        soft_labels: Write down every label of a face with its share of the votes, and take faces on
            which the votes do not agree.
        jobs: Processes; one a core if not said.
        engine: What spreads the photos: processes of this machine; or a Ray cluster, the one that
            RAY_ADDRESS names or one on this machine.
        check: Look at a prepared set: changed files, counts, people across splits, duplicates and
            near-duplicates, labels that two recognisers doubt, and a sheet of the eye and mouth
            regions of every class.
        without_doubts: With --check, do not look for doubtful labels, which takes most of the time
            on a large set.
    """
    if check:
        if dest is not None:
            raise InputError("--check looks at one set; name no other folder.")
        return _check(source, number_of_processes(jobs, "--jobs"), doubts=not without_doubts)
    if without_doubts:
        raise InputError("--without-doubts goes with --check, which looks for doubtful labels.")
    if dest is None:
        raise InputError("name the folder of the set, too: lgpgan prepare SOURCE DEST")
    check_apart(source, dest)
    processes = number_of_processes(jobs, "--jobs")
    rules = FaceRules(all_angles=all_angles, max_cut=max_cut)
    if validation_share is None:
        validation_share = 0.0 if split == "image" else PEOPLE_FOR_CHOOSING
    options = CollectionOptions(
        layout=layout,
        choices=Choices(
            all_angles=all_angles,
            path_column=path_column,
            label_column=label_column,
            person_column=person_column,
            split_column=split_column,
            numbers=numbers,
            soft_labels=soft_labels,
        ),
        mapping=parse_mapping(rename),
        keep_names=keep_names,
        leave_out=leave_out,
        split=split,
        people=people,
        test_share=test_share,
        seed=seed,
        validation_share=validation_share,
    )
    collection = collect(source, options)
    _introduce(source, collection)
    with progress_bar("preparing", unit="photos") as advance:
        report = prepare_set(
            collection.entries,
            dest,
            size=size,
            rules=rules,
            by_face=ByFace(test_share, seed, validation_share) if people == BY_FACE else None,
            left_out=collection.left_out,
            details={
                "layout": collection.layout.name,
                "split": split,
                "people_from": people,
                "test_share": test_share,
                "validation_share": validation_share,
                "seed": seed,
            },
            processes=processes,
            engine=find_engine(engine),
            progress=lambda done, total: advance(done, total, ""),
        )
    say(*_summary(report))
    pairs = find_near_duplicates(report.prepared, dest / REPORT, processes)
    say(*warn_of_near_duplicates(pairs, dest / REPORT))
    tell(dest)
    return 0


def _introduce(source: Path, collection: Collection) -> None:
    """Say what was found, and under which terms it comes."""
    layout = collection.layout
    if collection.because:
        say(f"{source} is laid out as {layout.title}: {collection.because}")
    say(*(f"note: {note}" for note in collection.notes))
    if layout.terms:
        say(f"pictures and weights made from {layout.title} fall under its terms: {layout.terms}")


def _summary(report: PreparingReport) -> Iterator[str]:
    outcome = report.outcome
    people = report.prepared.description["people"]
    whose = f" of {people_text(people)}" if people else ""
    yield f"{len(outcome.records)} faces{whose} from {outcome.photos} photos"
    splits, counts = outcome.counts()
    yield from _table(splits, counts)
    yield from outcome.sentences()
    yield from outcome.advice()
    yield f"the photos of every reason and of every look: {report.page}"


def _table(columns: Iterable[str], rows: Mapping[str, Iterable[object]]) -> Iterator[str]:
    """A table with a name at the start of every row, as lines."""
    cells = {
        name: [str(value) for value in values] for name, values in {"": columns, **rows}.items()
    }
    first = max(map(len, rows))
    widths = [max(8, 2 + max(map(len, column))) for column in zip(*cells.values(), strict=True)]
    for name, texts in cells.items():
        row = "".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))
        yield f"{name:<{first}}{row}"


def _check(folder: Path, processes: int, *, doubts: bool) -> int:
    prepared = PreparedSet.load(folder)
    tell(*_describe(prepared, inspect_set(prepared)))
    tell(*describe_near_duplicates(find_near_duplicates(prepared, folder / REPORT, processes)))
    if doubts:
        look_for_doubts(prepared, folder / REPORT, processes)
    sheet = folder / REPORT / SHEET
    try:
        sheet.parent.mkdir(exist_ok=True)
        write_bytes(sheet, region_sheet(prepared))
    except OSError as error:
        raise InputError(f"{sheet} cannot be written: {error.strerror}.") from error
    tell(sheet)
    return 0


def _describe(prepared: PreparedSet, inspection: Inspection) -> Iterator[str]:
    side = f"{prepared.size}×{prepared.size}"
    faces = len(prepared.records) + len(prepared.blended)
    yield f"{faces} faces of {side} pixels, no file changed since they were made"
    rows = {name: counts.values() for name, counts in inspection.counts.items()}
    if prepared.blended:
        rows["blended"] = inspection.blended.values()
    rows["people"] = inspection.people.values()
    yield from _table(inspection.splits, rows)
    yield f"people in more than one split: {listed(inspection.in_both)}"
    yield f"faces that are the same: {listed(map(' = '.join, inspection.duplicates))}"
