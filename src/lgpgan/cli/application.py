"""Commands, options and errors: what is common to every command.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or unusable input, 130 interrupted. An error is
one sentence on stderr; ``--debug`` shows where it came from.
"""

from __future__ import annotations

import errno
import inspect
import io
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from importlib import import_module

import lgpgan
from lgpgan.errors import LgpganError
from lgpgan.packages import needed

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
    name = arguments[0] if arguments else "--help"
    if name in ("--help", "-h"):
        sys.stdout.write(usage())
        return 0
    if name in ("--version", "-V"):
        sys.stdout.write(f"lgpgan {lgpgan.__version__}\n")
        return 0
    if name not in COMMANDS:
        sys.stderr.write(
            f"lgpgan: there is no command '{name}'; choose one of {', '.join(COMMANDS)}.\n"
        )
        return WRONG_USAGE
    try:
        return _run(name, arguments[1:])
    except LgpganError as error:
        if debug:
            traceback.print_exc()
        sys.stderr.write(f"lgpgan: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("lgpgan: interrupted.\n")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has closed it, as 'head' does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.stderr.write(
                "lgpgan: the disk is full; make room and run the same command again.\n"
            )
            return 1
        sys.stderr.write(
            f"lgpgan: this should not have happened ({type(error).__name__}: {error}); run again "
            "with --debug and report what it prints.\n"
        )
        return 1


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


def _run(name: str, arguments: list[str]) -> int:
    """Load the one command that was named, and run it."""
    with needed(f"'lgpgan {name}' needs", extra=EXTRAS.get(name)):
        import tyro  # not at the top: --version and the list of commands shall be quick

        from lgpgan.cli.usage import usage_line

        function = _function(name, arguments)
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
                )
        except SystemExit as leaving:  # tyro's way after --help and wrong usage
            return leaving.code if isinstance(leaving.code, int) else WRONG_USAGE
        finally:
            if asked_for_help:  # the command's usage line takes the place of tyro's
                _, gap, rest = printed.getvalue().partition("\n\n")
                sys.stdout.write(f"{usage_line(name, function)}{gap}{rest}" if gap else rest)
