"""Filling in the templates of pages: one HTML file that needs only a browser.

Styles, scripts, plotly.js and pictures are inside the page. A policy in its head forbids it to load
anything else. Every text that comes from a file is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lgpgan.counts import people_text
from lgpgan.packages import needed

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["own_html", "render_page"]

TEMPLATES = "templates"


def render_page(
    template: str,
    plots: Mapping[str, Any],
    *,
    credit: str,
    pictures: Mapping[str, str] = MappingProxyType({}),
    **parts: Any,
) -> str:
    """Fill in a template that extends ``page.html.jinja``.

    Args:
        template: name of the template.
        plots: name to plot, as :mod:`lgpgan.reporting.plots` makes them; without any the page
            does without plotly.js.
        credit: the makers of the photographs.
        pictures: key to data URI.
        parts: further contents; text is escaped, :func:`own_html` is not.

    Returns:
        HTML.

    Raises:
        MissingPartError: when Jinja2, or plotly where there are plots, is not installed.
    """
    environment = _environment()
    return environment.get_template(template).render(
        credit=credit,
        pictures=dict(pictures),
        plots=plots,
        plotly=own_html(_plotly() if plots else ""),
        style=own_html(_own("report.css")),
        script=own_html(_own("report.js")),
        **parts,
    )


@cache
def _environment() -> Environment:
    """Templates whose every value is escaped."""
    with needed("Pages need", extra="report"):
        from jinja2 import Environment, PackageLoader, StrictUndefined
    environment = Environment(
        loader=PackageLoader("lgpgan.reporting", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["people_text"] = people_text
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "allow_nan": False}
    return environment


def own_html(html: str) -> Any:
    """HTML, style or script of lgpgan's or plotly's own, which is not to be escaped."""
    from markupsafe import Markup

    return Markup(html)


@cache
def _plotly() -> str:
    """plotly.js."""
    with needed("Pages need", extra="report"):
        from plotly.offline import get_plotlyjs
    return str(get_plotlyjs())


def _own(name: str) -> str:
    """A file beside the templates."""
    return (resources.files("lgpgan.reporting") / TEMPLATES / name).read_text(encoding="utf-8")
