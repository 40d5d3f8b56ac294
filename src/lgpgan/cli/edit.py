"""``lgpgan edit``: photos in, the same people with other expressions out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from lgpgan.backends.loading import BackendName
from lgpgan.cli.progress import progress_bar
from lgpgan.cli.terminal import say, tell, tell_json
from lgpgan.editing.folders import Outcome, edit_photos, plan
from lgpgan.editing.jobs import Editing, Forms, Job
from lgpgan.editing.selecting import Select
from lgpgan.errors import InputError, UnforeseenError
from lgpgan.faces.detectors.loading import LandmarkSource
from lgpgan.files import locked
from lgpgan.methods.weights_info import WeightsInfo, read_info
from lgpgan.parallel.engine import EngineName, find_engine

if TYPE_CHECKING:
    from lgpgan.expressions.target import Target

__all__ = ["edit"]

ALL = "all"


def edit(
    photos: Annotated[
        tuple[Path, ...],
        tyro.conf.Positional,
        tyro.conf.arg(metavar="PHOTO…", help_behavior_hint="(required)"),
    ],
    *,
    to: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="EXPRESSION|all")
    ] = (),
    eyes: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    mouth: Annotated[str | None, tyro.conf.arg(metavar="EXPRESSION")] = None,
    au: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="AU=0...1")
    ] = (),
    intensity: Annotated[float, tyro.conf.arg(metavar="0...1.3")] = 1.0,
    face: Annotated[int | None, tyro.conf.arg(metavar="NUMBER")] = None,
    select: Select = "all",
    min_size: Annotated[float, tyro.conf.arg(metavar="PIXELS")] = 0.0,
    strip: Annotated[int | None, tyro.conf.arg(metavar="STEPS")] = None,
    gif: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    mp4: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("lgpgan-out"),
    weights: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    backend: BackendName = "auto",
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    landmarks: LandmarkSource = "dlib",
    private: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    jobs: Annotated[int, tyro.conf.arg(metavar="N")] = 1,
    engine: EngineName = "local",
    overwrite: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    in_place: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    resume: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """Give the people on photos another expression, at the photos' own resolution.

    Expressions: angry, contemptuous, disgusted, fearful, happy, neutral, sad, surprised; or several
    with their shares, as happy=0.6,surprised=0.4. Action units (FACS): AU1 inner and AU2 outer brow
    raiser, AU4 brow lowerer, AU5 upper lid raiser, AU6 cheek raiser, AU7 lid tightener, AU9 nose
    wrinkler, AU10 upper lip raiser, AU11 nasolabial deepener, AU12 lip corner puller, AU14 dimpler,
    AU15 lip corner and AU16 lower lip depressor, AU17 chin raiser, AU18 lip pucker, AU20 lip
    stretcher, AU22 lip funneler, AU24 lip pressor, AU26 jaw drop, AU28 lip suck, AU45 blink. Gaze,
    as the person's own left and right: AU61 or gaze-left, AU62 or gaze-right, eyes turn left or
    right; AU63 or gaze-up, eyes up; AU64 or gaze-down, eyes down. Lids and gaze can be asked for
    with all weights, other units and other classes with those that were trained with them:
    'lgpgan doctor --weights' lists both.

    Examples:
      lgpgan edit portrait.jpg                        every expression, and a labelled sheet
      lgpgan edit portrait.jpg --to happy -o happy.jpg
      lgpgan edit portrait.jpg --to happy --to sad    each of the two
      lgpgan edit portrait.jpg --to sad --intensity 0.5
      lgpgan edit portrait.jpg --eyes fearful --mouth happy
      lgpgan edit portrait.jpg --to happy=0.6,surprised=0.4
      lgpgan edit portrait.jpg --au AU12=0.8          a single action unit
      lgpgan edit portrait.jpg --au gaze-left=0.5     eyes that look to the person's left
      lgpgan edit portrait.jpg --weights runs/mine    every class that your own weights know
      lgpgan edit portrait.jpg --strip 6              every expression at six strengths
      lgpgan edit portrait.jpg --to happy --gif       from neutral to happy and back
      lgpgan edit group.jpg --to surprised --face 2   the second face from the left
      lgpgan edit group.jpg --select largest          only the largest face
      lgpgan edit holiday/ --to happy -o smiling      every photo of a folder and its folders
      lgpgan edit holiday/ --to happy -o smiling --jobs 4 --resume

    Edit only photos of people who agreed to it. What is written is marked as synthetic.

    Args:
        photos: Photos, or folders of photos.
        to: Expression to give; may be repeated; 'all' for every one that the weights know, which is
            the default.
        eyes: Expression of eyes and brows, where it differs from the mouth's.
        mouth: Expression of the lower half of the face, where it differs.
        au: Action unit to add to the expression, or to neutral, as AU12=0.8 or gaze-left=0.5; may
            be repeated.
        intensity: 0 is neutral, 1 the expression itself. Multiplied by the shares it may be 1.3 at
            most, and by an action unit 1 at most.
        face: Edit only this face, counted from 1, from left to right.
        select: Edit all faces, or the largest alone.
        min_size: Leave out faces with fewer pixels than this between the eyes.
        strip: In place of the photos, a picture of the largest face at so many strengths from
            neutral to the strongest; a row for each of the expressions.
        gif: In place of the photos, animations from neutral to the expression and back.
        mp4: The same animations as MP4 videos.
        out: Folder to write to, where photos of a folder keep their places in it; or a file, when
            there is one output.
        weights: Weights (.safetensors) or a training run's folder, in place of those that come with
            lgpgan.
        backend: What runs the networks; 'auto' is ONNX Runtime where it can start at once.
        device: 'cpu', or 'cuda' for a GPU.
        landmarks: What finds faces and their landmarks; 'mediapipe' is free for commercial use and
            needs: lgpgan assets --fetch mediapipe
        private: Leave out of the photos' metadata where and of whom they were taken, names, free
            text and serial numbers; keep camera, exposure, date and colour profile.
        jobs: Processes that share the photos, each with one thread.
        engine: What spreads the photos: processes of this machine; or a Ray cluster, the one that
            RAY_ADDRESS names or one on this machine.
        overwrite: Replace files that exist; not the photo itself.
        in_place: Let -o name the photo itself, which is replaced.
        resume: Keep files that an earlier run of the same command made of the same photos, and make
            the others.
        as_json: Print one JSON object a photo.
    """
    from lgpgan.editing.animation import check_animation
    from lgpgan.editing.strips import strengths

    if not photos:
        raise InputError("name at least one photo, or a folder of photos.")
    if face is not None and select != "all":
        raise InputError("--face and --select both choose the faces; leave one of them out.")
    if (overwrite or in_place) and resume:
        raise InputError(
            "--resume keeps files that exist, --overwrite and --in-place replace them; choose one."
        )
    info = read_info(weights)
    targets, every = _targets(to, eyes, mouth, au, intensity, info)
    if strip is not None:
        strengths(targets[0], strip)  # refuses too few
        if intensity != 1:
            raise InputError(
                "a strip shows all strengths, from neutral to the strongest; leave out --intensity."
            )
    suffixes = tuple(suffix for suffix, asked in ((".gif", gif), (".mp4", mp4)) if asked)
    for suffix in suffixes:
        check_animation(suffix)
    if every and (strip or suffixes):
        targets = tuple(target for target in targets if target.mouth.shares or target.units)
    forms = Forms(
        photos=not (strip or suffixes),
        sheet=every and not (strip or suffixes),
        strip=strip,
        animations=suffixes,
    )
    planned = plan(photos, targets, forms, out=out, in_place=in_place)
    of_folder = any(path.is_dir() for path in photos)
    editing = Editing(
        editor={"weights": weights, "backend": backend, "device": device, "landmarks": landmarks},
        face=face,
        select=select,
        min_size=min_size,
        overwrite=overwrite or in_place,
        resume=resume,
        record=resume or of_folder,
        private=private,
    )
    with locked(out) if of_folder else nullcontext():
        outcomes = partial(edit_photos, processes=jobs, engine=find_engine(engine))
        return _edit(planned, editing, outcomes, as_json=as_json)


def _edit(
    planned: Sequence[Job],
    editing: Editing,
    edit_them: Callable[..., Iterator[Outcome]],
    *,
    as_json: bool,
) -> int:
    """Edit the photos and tell what came of each; returns the exit code."""
    failures: list[Outcome] = []
    besides = ""
    skipped = written = done = 0
    with progress_bar("editing", unit="photos") as advance:

        def show_frame(file: str, frame: int, frames: int) -> None:
            advance(done, len(planned), f"{file}: frame {frame} of {frames}")

        advance(0, len(planned), planned[0].photo.name)
        for outcome in edit_them(planned, editing, progress=show_frame):
            done += 1
            advance(done, len(planned), outcome.photo.name)
            if isinstance(outcome.error, UnforeseenError) and len(planned) == 1:
                raise outcome.error  # --debug shows where it came from
            if outcome.error is not None:
                failures.append(outcome)
            skipped += outcome.report.get("skipped", False)
            outputs = outcome.report.get("outputs", [])
            written += len(outputs)
            if any(output["file"].lower().endswith(".bmp") for output in outputs):
                besides = ", but for BMP files, which have none"
            _print(outcome.report, as_json=as_json)
    if not as_json:
        if skipped:
            say(f"{skipped} of {len(planned)} photos were done already.")
        if failures:
            _list_failures(failures, photos=len(planned))
        if written:
            say(f"These images are synthetic, and are marked so in their metadata{besides}.")
    if len(planned) == 1:
        return max((failure.error.exit_code for failure in failures if failure.error), default=0)
    return min(len(failures), 1)


def _targets(
    to: Sequence[str],
    eyes: str | None,
    mouth: str | None,
    au: Sequence[str],
    intensity: float,
    info: WeightsInfo,
) -> tuple[tuple[Target, ...], bool]:
    """The targets asked for, and whether they are all that there are and deserve a sheet.

    Raises:
        InputError: when the weights do not know what is asked for.
    """
    from lgpgan.expressions.target import Target, Wanted

    if ALL in to and len(to) > 1:
        raise InputError("--to all gives every expression; leave out the other --to.")
    if ALL in to and not (eyes is None and mouth is None):
        raise InputError("--to all gives whole faces; leave out --eyes and --mouth.")
    units = ",".join(au) if au else None
    every = ALL in to or (not to and eyes is None and mouth is None and units is None)
    given: Sequence[Wanted | None] = (
        [{name: 1.0} for name in info.labels] if every else to or [None]
    )
    targets = [
        Target.parse(
            one,
            eyes=eyes,
            mouth=mouth,
            units=units,
            intensity=intensity,
            classes=info.labels,
            known_units=info.offered_units,
        )
        for one in given
    ]
    for target in targets:
        target.check_known(info.labels, info.offered_units)
    named = {target.name: target for target in targets}
    if len(named) < len(targets):
        raise InputError("--to names an expression twice; name each once.")
    return tuple(targets), every


def _print(report: dict[str, Any], *, as_json: bool) -> None:
    """What was written on stdout, what is worth knowing on stderr."""
    if as_json:
        tell_json(report)
        return
    for note in report.get("notes", []):
        say(f"note: {report['photo']}: {note}")
    tell(*(output["file"] for output in report.get("outputs", [])))
    if "sheet" in report:
        tell(report["sheet"])


def _list_failures(failures: Sequence[Outcome], *, photos: int) -> None:
    if photos > 1:
        say(f"{len(failures)} of {photos} photos could not be edited:")
    for failure in failures:
        message = str(failure.error)
        named = message if failure.photo.name in message else f"{failure.photo}: {message}"
        say(f"lgpgan: {named}")
