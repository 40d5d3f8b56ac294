"""Shapes of networks in files of earlier versions, where one class described every generator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.networks.generator import GeneratorConfig

__all__ = ["plain_generator"]


def plain_generator(values: Mapping[str, Any], *, masked: bool = True) -> GeneratorConfig:
    """The shape of a generator without further heads, also from a file of an earlier version.

    Args:
        values: what ``dataclasses.asdict`` made of a configuration. In earlier versions it had the
            values of :class:`FlowGeneratorConfig` for every generator.
        masked: whether the generator has a mask head, as the values of earlier versions say.

    Raises:
        TypeError: when there are unknown values.
        ValueError: when they describe a generator with further heads.
    """
    known = {field.name for field in fields(GeneratorConfig)}
    further = {field.name: field.default for field in fields(FlowGeneratorConfig)}
    wanted = {**further, "masked": masked}
    own = dict(values)
    for name in further.keys() - known:
        if own.pop(name, wanted[name]) != wanted[name]:
            raise ValueError(f"the value of {name} is of a generator with other heads")
    return GeneratorConfig(**own)
