"""Sphinx's settings for `make site`: all pages of the project, to be read offline.

The pages stay as GitHub shows them; what only a site needs is added here: the table of
contents, and an index.html that opens the README.
"""

import re
from pathlib import Path

from scrawl import __version__

project, release = "scrawl", __version__
copyright = ""  # noqa: A001  (the name is Sphinx's)
root = Path(__file__).parents[2]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
root_doc = "README"
include_patterns = [
    "README.md",
    "CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    "CHANGELOG.md",
    "artifacts/README.md",
    "docs/**.md",
]
exclude_patterns = [".venv", ".snakemake", "artifacts/*/**", "site", "src", "tests", "workflow"]

myst_heading_anchors = 3  # as GitHub makes them

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings give shapes and units, which types do not
# Attributes that hold functions are described once, in the docstring of their class.
autodoc_default_options = {"members": True, "exclude-members": "evaluation, matmul, schedule"}
napoleon_use_rtype = False

html_theme = "furo"
html_title = "scrawl"
html_show_sphinx = html_show_copyright = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_additional_pages = {"index": "redirect.html"}
templates_path = ["."]

CHAPTERS = sorted((root / "docs/learn").glob("[0-9]*.md"))
CONTENTS = {
    "Learn": [
        "docs/learn",
        *(f"docs/learn/{path.stem}" for path in CHAPTERS),
        *(f"docs/learn/{page}" for page in ("glossary", "teaching", "worksheet")),
        *(f"docs/{page}" for page in ("exercises", "diagnosis", "originals", "questions")),
    ],
    "Use": [
        *(f"docs/{page}" for page in ("experiments", "datasets", "pipeline", "clusters")),
        "docs/configuration",
        "artifacts/README",
    ],
    "Look up": ["docs/site/api", "CONTRIBUTING", "CODE_OF_CONDUCT", "CHANGELOG"],
}


def contents() -> str:
    """Return the table of contents: every page of docs/ is in it, those not named above last."""
    named = {page for pages in CONTENTS.values() for page in pages}
    others = sorted(f"docs/{path.stem}" for path in (root / "docs").glob("*.md"))
    CONTENTS["Look up"].extend(page for page in others if page not in named)
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n:maxdepth: 1\n\n"
        + "".join(f"/{page}\n" for page in pages)
        + "```\n"
        for caption, pages in CONTENTS.items()
    )


def complete(_, page, source):
    """Give the README the table of contents, and its chart, which GitHub draws, as words."""
    if page == root_doc:
        chain = "sources → download → decode → prepare → train → evaluate → report, plot, draw"
        text = re.sub(r"```mermaid.*?```", f"**{chain}**", source[0], flags=re.S)
        source[0] = text + contents()


def setup(app):
    """Register what is above."""
    app.connect("source-read", complete)
