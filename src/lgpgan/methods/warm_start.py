"""Training that begins with the weights of trained networks, whose labels may differ.

Networks see a label as planes among the inputs of some convolutions. The weights of a plane are
copied from the plane that asks for the same class, or the same action unit, in the trained
networks. Planes that those lack keep the weights that they were drawn with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lgpgan.methods.face_generator import FaceGenerator, LabelInputs

__all__ = ["copied_planes", "warm_start"]


def warm_start(
    generators: FaceGenerator[Any],
    trained: FaceGenerator[Any],
    classes: Sequence[str],
    trained_classes: Sequence[str],
) -> None:
    """Copy the weights of trained generators, of the same shape but for their labels.

    Layers named by :attr:`FaceGenerator.optional_layers` that the trained ones lack keep the
    weights that they were drawn with.

    Args:
        generators: the networks that training begins with; changed in place.
        trained: generators of the same method.
        classes: names of the classes of ``generators``, in the order of a label.
        trained_classes: the same of ``trained``.

    Raises:
        RuntimeError: when the shapes differ otherwise.
    """
    theirs = list(trained.label_planes(trained_classes))
    planes = {
        here: theirs.index(name)
        for here, name in enumerate(generators.label_planes(classes))
        if name in theirs
    }
    drawn, state = generators.state_dict(), dict(trained.state_dict())
    for name in drawn.keys() - state.keys():
        if any(layer in name.split(".") for layer in generators.optional_layers):
            state[name] = drawn[name]
    for name, inputs in generators.label_inputs().items():
        if name in state:  # otherwise torch names what is missing
            state[name] = copied_planes(drawn[name], state[name], inputs, planes)
    generators.load_state_dict(state)


@torch.no_grad()
def copied_planes(
    drawn: Tensor, trained: Tensor, inputs: LabelInputs, planes: Mapping[int, int]
) -> Tensor:
    """A weight with the inputs of a trained one, where both know them.

    Args:
        drawn: the weight; its other label planes stay as they are.
        trained: the trained weight, of the same shape but for its number of label planes.
        inputs: which of their inputs are label planes.
        planes: number of a label plane of ``drawn`` to that of the same label in ``trained``.

    Raises:
        RuntimeError: when the shapes differ otherwise.
    """
    weight, dimension, first = drawn.clone(), inputs.dimension, inputs.first
    weight.narrow(dimension, 0, first).copy_(trained.narrow(dimension, 0, first))
    for here, there in planes.items():
        weight.select(dimension, first + here).copy_(trained.select(dimension, first + there))
    return weight
