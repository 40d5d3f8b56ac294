"""lgpgan: facial expression synthesis with local and global perception (LGP-GAN).

from lgpgan import Editor

Editor.from_pretrained().edit("portrait.jpg", to="happy").image.save("happy.png")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lgpgan.editing import Edit, Editor
    from lgpgan.errors import LgpganError
    from lgpgan.expressions import Expression
    from lgpgan.methods.weights import load_method

__version__ = "0.1.0"

__all__ = ["Edit", "Editor", "Expression", "LgpganError", "__version__", "load_method"]

_HOMES = {
    "Edit": "lgpgan.editing",
    "Editor": "lgpgan.editing",
    "Expression": "lgpgan.expressions",
    "LgpganError": "lgpgan.errors",
    "load_method": "lgpgan.methods.weights",
}
"""Where the public names live: loaded when first asked for, so that ``lgpgan --help`` is quick."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lgpgan' has no attribute '{name}'")
