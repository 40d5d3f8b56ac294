"""The card of a set of new faces: whose faces they are, how they were made, what was rejected.

It is the ``README.md`` of the set, with the head that Hugging Face reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lgpgan.augmentation.layouts import LabelledFace, labelled_faces
from lgpgan.augmentation.methods import MethodDescription
from lgpgan.counts import faces_text, people_text
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.files import write_text

__all__ = ["CARD", "write_card"]

CARD = "README.md"


def write_card(prepared: PreparedSet, method: MethodDescription, notes: Sequence[str]) -> Path:
    """Write the card of a set that :func:`lgpgan.augmentation.augment.augment_set` made.

    Args:
        prepared: the set; its description says how it was made.
        method: method that gave the expressions.
        notes: sentences on what was left out.

    Raises:
        LgpganError: when it cannot be written.
    """
    lines = _card(prepared, method, notes)
    return write_text(prepared.folder / CARD, "\n".join(lines) + "\n")


def _card(prepared: PreparedSet, method: MethodDescription, notes: Sequence[str]) -> Iterator[str]:
    faces = labelled_faces(prepared)
    about = prepared.description["augmentation"]
    yield from _head()
    people = len({face.person for face in faces if face.person})
    of_whom = f" of {people_text(people)}" if people else ""
    yield f"# {len(faces)} synthetic facial expressions{of_whom}"
    yield ""
    yield (
        "**Every face here is synthetic.** Real faces were given another expression; nobody "
        "made the face that is shown, and the labels say what was asked for, not what anybody "
        "felt. Do not present them as photos, and do not use them to say anything about the people."
    )
    yield ""
    yield from _counts(faces)
    yield from _making(about, method)
    yield from _gates(about)
    yield from _groups(about)
    yield from (f"{note}\n" for note in notes)
    yield from _sources(faces)
    yield "## Use"
    yield ""
    yield (
        "All of it is for training. The faces are of people in the split `train` of the original "
        "set: keep them, by the column `person`, out of whatever the trained model is judged on, "
        "and judge it on real faces."
    )


def _head() -> Iterator[str]:
    """What Hugging Face reads."""
    yield "---"
    yield "pretty_name: Synthetic facial expressions"
    yield "license: other"
    yield "task_categories:\n- image-classification"
    yield "tags:\n- synthetic\n- facial-expression-recognition"
    yield "---"
    yield ""


def _counts(faces: Sequence[LabelledFace]) -> Iterator[str]:
    yield "## Faces"
    yield ""
    yield "| class | faces | of them mixtures | intensity |"
    yield "| --- | ---: | ---: | --- |"
    for label in dict.fromkeys(face.label for face in faces):
        of_class = [face for face in faces if face.label == label]
        mixtures = sum(face.second_label is not None for face in of_class)
        strengths = [face.intensity for face in of_class]
        yield (
            f"| {label} | {len(of_class)} | {mixtures} | {min(strengths):g} to {max(strengths):g} |"
        )
    yield ""


def _groups(about: Mapping[str, Any]) -> Iterator[str]:
    """Groups of people, where they are known: a set is as skewed as its sources and its gates."""
    yield "By group of the person, where the set tells:"
    yield ""
    yield "| group | faces | of all | rejected of those drawn |"
    yield "| --- | ---: | ---: | ---: |"
    for group, counts in about["groups"].items():
        for name, of_group in counts.items():
            kept, rejected = of_group["kept"], of_group["rejected"]
            share, drawn = kept / about["kept"], kept + rejected
            yield f"| {group} {name} | {kept} | {share:.0%} | {rejected / drawn:.0%} |"
    yield ""


def _making(about: Mapping[str, Any], method: MethodDescription) -> Iterator[str]:
    options = about["options"]
    low, high = options["intensity"]["low"], options["intensity"]["high"]
    yield "## How they were made"
    yield ""
    yield f"- by lgpgan {about['lgpgan']}, `lgpgan augment`, seed {options['seed']}"
    yield f"- method: {method.title} (`{method.name}`)"
    for name, checksum in method.made_of.items():
        yield f"- {name.replace('_', ' ')}: SHA-256 `{checksum}`"
    yield f"- from: {options['sources']} faces of a prepared set of content hash `{about['data']}`"
    if about["like"]:
        yield (
            "- light, contrast, colours, blur, noise and crop: of faces of the set of content hash "
            f"`{about['like']}`"
        )
    if options["balance_by"]:
        yield f"- people of every {options['balance_by']} drawn equally often"
    yield f"- intensity drawn from {low:g} to {high:g}; share of mixtures {options['mixtures']:g}"
    if method.knows_units:
        yield "- action units: exact, of the 3-D face that was drawn"
    else:
        yield "- action units: not known; a class was asked for"
    yield ""


def _gates(about: Mapping[str, Any]) -> Iterator[str]:
    limits, rejected = about["options"]["limits"], about["rejected"]
    meant = {
        "too near": ("mean change of eyes or mouth at least", "change"),
        "no face": ("overlap of the face found at least", "overlap"),
        "not read": ("probability by a recogniser at least", "agreement"),
        "other person": ("distance of dlib's descriptors at most", "identity"),
    }
    yield "## Gates"
    yield ""
    yield f"{about['drawn']} faces were drawn, {about['drawn'] - about['kept']} of them rejected."
    yield ""
    yield "| reason | gate | rejected |"
    yield "| --- | --- | ---: |"
    for reason, (words, limit) in meant.items():
        count = sum(of_class.get(reason, 0) for of_class in rejected.values())
        shown = count if reason in about["gates"] else "not judged"
        yield f"| {reason} | {words} {limits[limit]:g} | {shown} |"
    yield ""


def _sources(faces: Sequence[LabelledFace]) -> Iterator[str]:
    yield "## Sources"
    yield ""
    terms = Counter((face.source, face.licence) for face in faces)
    for (source, licence), count in sorted(terms.items()):
        yield (
            f"- {faces_text(count)} from: {(source or 'a source that is not named').rstrip('.')}. "
            f"Licence: {licence or 'not named'}."
        )
    yield ""
