"""HTML pages that open offline: each in a folder with its template, style and scripts.

- `template`: Jinja templates filled and made self-contained
- `charts`: line charts as SVG coordinates
- `report`: the report page
- `draw`: the page to draw on
"""
