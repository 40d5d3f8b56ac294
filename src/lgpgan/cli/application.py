"""Commands, options and errors: what is common to every command.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or unusable input, 130 interrupted. An error is
one sentence on stderr; ``--debug`` shows where it came from.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module

import lgpgan
from lgpgan.cli.terminal import say, tell
from lgpgan.errors import InputError, explained
from lgpgan.packages import needed

__all__ = ["COMMANDS", "run"]

COMMANDS = {
    "edit": "photos in, the same people with other expressions out",
    "serve": "a page and an API on this machine: photos edited in the browser",
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
    "serve": "serve",
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
INTERRUPTED = 130


def run(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")  # read when pydantic is loaded
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a closed pipe is no error
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
        # Not at the top: --version and the list of commands shall be quick.
        from lgpgan.cli.arguments import call_of

        return call_of(name, _function(name, arguments), arguments)()
