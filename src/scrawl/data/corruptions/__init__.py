"""Corruptions: images made worse on purpose, in steps from 1 to 5.

- `catalogue`: all of them by name, with the amount of each severity, and how they are drawn
- `geometry`: ink moved, turned, bent, and its strokes made thinner or thicker
- `values`: noise, contrast and brightness, and parts of the sheet inverted, blanked or ruled
- `resolution`: blur, pixelation, JPEG
- `ink`: amounts of ink, from the values of a prepared dataset and back

All take and return amounts of ink, 0 for paper and 1 for full ink, whatever a dataset's files hold:
dark ink on light paper is corrupted as light ink on dark paper is. Of images without paper, 0 is
the lowest value and 1 the highest.
"""
