"""The names of a graph's inputs and outputs, for the modules that write and read graphs."""

from __future__ import annotations

from typing import Literal

__all__ = ["INPUTS", "INSIDE_OUTPUTS", "OUTPUTS", "PACKED", "SHADE_OUTPUT", "Reading"]

INPUTS = ("image", "mouth", "eyes", "mouth_top")
"""Names of a graph's inputs, the parts of :class:`lgpgan.backends.backend.Faces`."""
OUTPUTS = ("output", "flow", "keep", "colour")
"""Names of its outputs: the face itself, and the change that it comes from."""
INSIDE_OUTPUTS = ("inside_flow", "inside_lit", "inside_picture")
"""Names of further outputs of networks that draw a mouth's inside with a picture."""
SHADE_OUTPUT = "shade"
"""Name of a further output of networks that shade what they keep."""
PACKED = "weights.bin"
"""Where a graph looks for its weights; see :func:`lgpgan.backends.graphs.pack`."""

Reading = Literal["sample", "gather"]
"""How a graph reads along a flow; see :mod:`lgpgan.backends.tracing`."""
