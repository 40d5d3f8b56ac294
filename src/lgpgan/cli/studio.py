"""``lgpgan studio``: neutral photos in, a labelled set of rendered expressions out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell
from lgpgan.datasets.splits import PEOPLE_FOR_CHOOSING
from lgpgan.face3d.face_model import find_face_model
from lgpgan.files import check_apart
from lgpgan.parallel.engine import EngineName, find_engine
from lgpgan.parallel.processes import number_of_processes
from lgpgan.studio.builder import StudioOptions, build_studio_set
from lgpgan.studio.photos import list_photos, split_by_person
from lgpgan.studio.variation import Variation

__all__ = ["studio"]


def studio(
    photos: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PHOTOS")],
    dest: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="DEST")],
    *,
    face_model: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    takes: int = StudioOptions.takes,
    mixtures: int = Variation.mixtures,
    halves: int = Variation.halves,
    variants: int = Variation.variants,
    units: int = Variation.units,
    test_share: float = 0.1,
    validation_share: float = PEOPLE_FOR_CHOOSING,
    seed: int = 0,
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    engine: EngineName = "local",
) -> int:
    """Make a labelled set of all eight expressions from neutral photos and the 3-D face.

    The set is what 'lgpgan train' learns from. A build that was stopped goes on when the same
    command is run again.

    Examples:
      lgpgan studio portraits/ runs/studio --face-model FaceXModel
      lgpgan studio people.csv runs/studio      with columns file, person, split, licence, ...

    Args:
        photos: A folder of neutral, frontal photos of one person each, or of folders of classes;
            or a .csv that lists them.
        dest: Folder of the set.
        face_model: ICT-FaceKit, its folder FaceXModel or a compact .npz; LGPGAN_FACE_MODEL if not
            named here.
        takes: Renders of all eight expressions a photo; the first follows the recipes exactly, the
            others vary strength, single muscles, gaze and the shape of the face, and hold further
            faces.
        mixtures: Faces of a further take that show two expressions at once.
        halves: Faces of a further take whose eyes show another expression than their mouth.
        variants: Faces of a further take that show an expression in another natural way, as a smile
            with closed lips; training only starts from them.
        units: Faces of a further take that show single action units on top of an expression;
            weights that are trained on a set without them know none.
        test_share: Share of the people kept out of training to report figures on, where the list
            does not say who they are.
        validation_share: Share of the people kept out of training to choose the best weights on,
            likewise.
        seed: Seed of all random draws.
        jobs: Processes; one a core if not said.
        engine: What spreads the photos: processes of this machine; or a Ray cluster, the one that
            RAY_ADDRESS names or one on this machine.
    """
    check_apart(photos, dest)
    processes = number_of_processes(jobs, "--jobs")
    model = find_face_model(face_model)
    variation = Variation(mixtures=mixtures, halves=halves, variants=variants, units=units)
    entries = split_by_person(
        list_photos(photos),
        test_share=test_share,
        seed=seed,
        validation_share=validation_share,
    )
    with progress_bar("rendering", unit="photos") as advance:
        report = build_studio_set(
            entries,
            dest,
            model,
            StudioOptions(takes=takes, seed=seed, variation=variation),
            processes=processes,
            engine=find_engine(engine),
            progress=lambda done, total: advance(done, total, ""),
        )
    for photo, reason in report.skipped.items():
        say(f"skipped {photo}: {reason}")
    used = len(entries) - len(report.skipped)
    say(f"{report.images} faces rendered from {used} of {len(entries)} photos")
    tell(dest)
    return 0
