"""Arguments as they were typed, read into a call of a command.

Nothing is printed while they are read: what is wrong with them, and the help, is printed by
:mod:`lgpgan.cli.terminal` like all else, since they may hold sequences that a terminal obeys.
"""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial, wraps
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from lgpgan.cli.terminal import say, tell
from lgpgan.cli.usage import prepare_help, usage_line, wrapped
from lgpgan.files import path_of

__all__ = ["WRONG_USAGE", "call_of"]

WRONG_USAGE = 2


def call_of(name: str, function: Callable[..., int], arguments: Sequence[str]) -> Callable[[], int]:
    """What is asked for, as a call without arguments that returns the exit code.

    Where help is asked for, or the arguments are wrong, the call prints that.

    Args:
        name: of the command.
        function: the command itself.
        arguments: behind its name.

    Raises:
        InputError: when an argument that is a path can be none.
    """
    prepare_help(function)

    @wraps(function)
    def call(*values: Any, **options: Any) -> Callable[[], int]:
        return partial(function, *values, **options)

    helped, refused = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(helped), redirect_stderr(refused):
            asked: Callable[[], int] = tyro.cli(
                call,
                prog=f"lgpgan {name}",
                description=_description(function),
                args=arguments,
                config=(tyro.conf.OmitArgPrefixes,),
                registry=_registry(),
            )
            return asked
    except SystemExit as leaving:  # tyro's way after --help and wrong usage
        if leaving.code:
            return partial(_refuse, refused.getvalue())
        # the command's usage line takes the place of tyro's
        _, gap, rest = helped.getvalue().partition("\n\n")
        return partial(_help, f"{usage_line(name, function)}{gap}{rest}")


def _refuse(text: str) -> int:
    say(*text.splitlines())
    return WRONG_USAGE


def _help(text: str) -> int:
    tell(*wrapped(text))
    return 0


def _description(function: Callable[..., int]) -> str:
    """A command's docstring, examples and all, up to its arguments."""
    return (inspect.getdoc(function) or "").partition("\nArgs:")[0]


def _registry() -> ConstructorRegistry:
    """How arguments are read, in every command.

    Paths are read by :func:`lgpgan.files.path_of`. The word ``None`` means nothing: an option that
    is not wanted is left out.
    """
    registry = ConstructorRegistry()

    def path_rule(asked: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[Path] | None:
        if asked.type is not Path:
            return None
        return PrimitiveConstructorSpec(
            nargs=1,
            metavar="PATH",
            instance_from_str=lambda words: path_of(words[0]),
            is_instance=lambda value: isinstance(value, Path),
            str_from_instance=lambda path: [str(path)],
        )

    def optional_rule(asked: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[Any] | None:
        kinds = get_args(asked.type)
        if get_origin(asked.type) not in (Union, UnionType) or NoneType not in kinds:
            return None
        kind: Any = Union.__getitem__(tuple(kind for kind in kinds if kind is not NoneType))
        inner = ConstructorRegistry.get_primitive_spec(PrimitiveTypeInfo.make(kind, asked.markers))
        if not isinstance(inner, PrimitiveConstructorSpec):
            return None
        return PrimitiveConstructorSpec(
            nargs=inner.nargs,
            metavar=inner.metavar,
            instance_from_str=inner.instance_from_str,
            is_instance=lambda value: value is None or inner.is_instance(value),
            str_from_instance=lambda value: ["None"] if value is None else [str(value)],
            choices=inner.choices,
        )

    registry.primitive_rule(path_rule)
    registry.primitive_rule(optional_rule)
    return registry
