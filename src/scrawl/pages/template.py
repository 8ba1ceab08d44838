"""Jinja templates of pages that open offline, with style and script inside."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


def render(
    folder: str, page: str = "page.html", scripts: Sequence[str] = ("script.js",), **values: Any
) -> str:
    """Fill a template of a folder; it gets `style.css` and the scripts beside it.

    Parameters
    ----------
    folder : str
        Inside the package, such as `pages/report`.
    page : str
        The template.
    scripts : sequence of str
        Files that make up the script.
    values
        What the template may name. Texts are escaped, whatever characters they have.

    Raises
    ------
    jinja2.UndefinedError
        If the template names what is not given.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # here: few commands need it

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(PACKAGE / folder),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    # A class may be called "</script>": `tojson` escapes what would end the element.
    environment.policies["json.dumps_function"] = compact_json
    texts = {
        part: "".join((PACKAGE / folder / file).read_text(encoding="utf-8") for file in files)
        for part, files in {"style": ("style.css",), "script": scripts}.items()
    }
    filled = environment.get_template(page).render(**texts, **values)
    return re.sub(r"\n\s*(?=\n)", "", filled)  # lines that only the template needs


def compact_json(value: Any, **options: Any) -> str:
    """Return JSON without needless spaces: pages hold thousands of numbers."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False, **options)
