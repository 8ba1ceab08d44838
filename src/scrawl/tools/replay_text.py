"""Replayed updates, and the parting of two runs, as lines of text for `scrawl replay`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def update_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield an update as text."""
    batch = found["images"]
    shown = ", ".join(map(str, batch[:8])) + ", …" * (len(batch) > 8)
    yield (
        f"{found['run']}: step {found['step']}, in epoch {found['epoch']}: learning rate "
        f"{found['learning_rate']:.4g}, loss {found['loss']:.4f} of {len(batch)} images ({shown})"
    )
    tables = found["parameters"]
    width = max(len("parameters"), *map(len, tables))
    yield ""
    norms = " ".join(f"{head:>10}" for head in ("‖before‖", "‖gradient‖", "‖step‖"))
    yield f"{'parameters':<{width}}  {'shape':<14} {norms}"
    for name, table in tables.items():
        norms = " ".join(f"{table[k]['norm']:>10.4g}" for k in ("weights", "gradient", "step"))
        yield f"{name:<{width}}  {' × '.join(map(str, table['shape'])):<14} {norms}"
    yield ""
    heads = " ".join(f"{head:>11}" for head in ("before", "gradient", "step", "after"))
    yield f"{'the number moved most':<{width + 15}} {heads}"
    for name, table in tables.items():
        largest = table["largest"]
        where = f"{name}{largest['at']}"
        cells = " ".join(f"{largest[k]:>11.5g}" for k in ("before", "gradient", "step", "after"))
        yield f"{where:<{width + 15}} {cells}"
    yield from image_lines(found.get("image"))
    if "proof" in found:
        yield ""
        yield found["proof"]


def image_lines(image: dict[str, Any] | None) -> Iterator[str]:
    """Yield what each layer made of an image as text."""
    if image is None:
        return
    yield ""
    yield f"image {image['position']}, of class {image['label']}, before this update:"
    width = max(5, *(len(layer["layer"]) for layer in image["layers"]))
    heads = " ".join(f"{head:>10}" for head in ("mean", "deviation", "least", "most", "zero"))
    yield f"{'layer':<{width}}  {'shape':<16} {heads}"
    for layer in image["layers"]:
        numbers = " ".join(f"{layer[k]:>10.4g}" for k in ("mean", "deviation", "least", "most"))
        shape = " × ".join(map(str, layer["shape"]))
        yield f"{layer['layer']:<{width}}  {shape:<16} {numbers} {100 * layer['zero']:>8.0f} %"


def parting_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield in words where two runs part."""
    for key, (ours, theirs) in found["settings"].items():
        yield f"{key}: {ours} in {found['runs'][0]}, {theirs} in {found['runs'][1]}"
    if not found["same_data"]:
        yield "they were trained on other data"
    if found["step"] is None:
        ours, theirs = found["steps"]
        longer = f", of which one goes on after step {min(ours, theirs)}" * (ours != theirs)
        yield f"no update differs, to the last bit: {ours} and {theirs} steps{longer}"
        return
    if not found["step"]:
        yield "they part before the first step: their networks have other layers"
        return
    where = f", in {', '.join(found['tables'])}" if found["tables"] else ""
    yield f"they part at step {found['step']}: what differs first is {found['first']}{where}"
    if not found["settings"] and found["same_data"]:
        yield "settings and data are the same: this should not be, please report it"
