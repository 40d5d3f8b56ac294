"""Commands, options and errors: what is common to every command.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or unusable input, 130 interrupted. An error is
one sentence on stderr; ``--debug`` shows where it came from.
"""

from __future__ import annotations

import inspect
import io
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import lgpgan
from lgpgan.cli.terminal import say, tell
from lgpgan.errors import InputError, explained
from lgpgan.files import path_of
from lgpgan.packages import needed

if TYPE_CHECKING:
    from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

__all__ = ["COMMANDS", "run"]

COMMANDS = {
    "edit": "photos in, the same people with other expressions out",
    "prepare": "a collection of labelled photos in, a prepared set out",
    "studio": "neutral photos and a 3-D face in, a labelled set out",
    "train": "a labelled set in, weights out",
    "evaluate": "a run or a baseline in, every figure out",
    "compare": "a set in, the paper's table of methods out",
    "export": "weights in, an ONNX file for other programs out",
    "augment": "a labelled set in, new labelled faces of its people out",
    "benefit": "real and synthetic faces in, whether the latter help a recogniser out",
    "assets": "optional files: what there is, and fetching what is missing",
    "doctor": "what is installed, which weights are in use, what is missing",
}
"""Every command, made by the function of its name, or by ``form``, in the module of its name."""

EXTRAS = {
    "studio": "studio",
    "train": "train",
    "evaluate": "evaluation,report",
    "compare": "train,evaluation,report",
    "export": "export",
    "augment": "evaluation",
    "benefit": "benefit",
}
"""The extras that bring all that a command needs; those without are told about one by one."""

USAGE = """usage: lgpgan COMMAND [OPTIONS]

Facial expression synthesis (LGP-GAN).

commands:
{commands}

examples:
  lgpgan edit portrait.jpg                eight expressions and a sheet, in lgpgan-out
  lgpgan edit portrait.jpg --to happy     one expression
  lgpgan edit --help                      all options of a command

--debug, after any command, shows where an error came from; --version prints the version.
"""
WRONG_USAGE = 2
INTERRUPTED = 130


def run(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")  # read when pydantic is loaded
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # what tyro printed; here, where a closed pipe is no error
    except KeyboardInterrupt:
        say("lgpgan: interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has closed it, as 'head' does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        told = explained(error)
        if debug:
            say(*"".join(traceback.format_exception(told)).splitlines())
        say(f"lgpgan: {told}")
        return told.exit_code
    return code


def usage() -> str:
    """What ``lgpgan --help`` prints."""
    lines = (f"  {name:<10}{summary}" for name, summary in COMMANDS.items())
    return USAGE.format(commands="\n".join(lines))


def _description(function: Callable[..., int]) -> str:
    """A command's docstring, examples and all, up to its arguments."""
    return (inspect.getdoc(function) or "").partition("\nArgs:")[0]


def _function(name: str, arguments: list[str]) -> Callable[..., int]:
    """The function of a command; where its options depend on the arguments, they form it."""
    module = import_module(f"lgpgan.cli.{name}")
    function: Callable[..., int] = (
        module.form(arguments) if hasattr(module, "form") else getattr(module, name)
    )
    return function


def _run(arguments: list[str]) -> int:
    """Find out what is asked for, and do it."""
    name = arguments[0] if arguments else "--help"
    if name in ("--help", "-h"):
        tell(*usage().splitlines())
        return 0
    if name in ("--version", "-V"):
        tell(f"lgpgan {lgpgan.__version__}")
        return 0
    if name not in COMMANDS:
        raise InputError(f"there is no command '{name}'; choose one of {', '.join(COMMANDS)}.")
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise InputError("the current folder was deleted; change to another one.") from error
    return _run_command(name, arguments[1:])


def _run_command(name: str, arguments: list[str]) -> int:
    """Load the one command that was named, and run it."""
    with needed(f"'lgpgan {name}' needs", extra=EXTRAS.get(name)):
        import tyro  # not at the top: --version and the list of commands shall be quick

        from lgpgan.cli.usage import prepare_help, usage_line, wrapped

        function = _function(name, arguments)
        prepare_help(function)
        asked_for_help = not {"-h", "--help"}.isdisjoint(arguments)
        printed = io.StringIO()
        try:
            with redirect_stdout(printed) if asked_for_help else nullcontext():
                return tyro.cli(
                    function,
                    prog=f"lgpgan {name}",
                    description=_description(function),
                    args=arguments,
                    config=(tyro.conf.OmitArgPrefixes,),
                    registry=_registry(),
                )
        except SystemExit as leaving:  # tyro's way after --help and wrong usage
            return leaving.code if isinstance(leaving.code, int) else WRONG_USAGE
        finally:
            if asked_for_help:  # the command's usage line takes the place of tyro's
                _, gap, rest = printed.getvalue().partition("\n\n")
                text = f"{usage_line(name, function)}{gap}{rest}" if gap else rest
                tell(*wrapped(text))


def _registry() -> ConstructorRegistry:
    """How arguments are read, in every command: paths by :func:`lgpgan.files.path_of`."""
    from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec

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

    registry.primitive_rule(path_rule)
    return registry
