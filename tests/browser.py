"""A real browser for the tests of pages: headless Chromium, with everything that it complains of.

The browser is Debian's (`apt-get install chromium chromium-driver`). Where it is missing, the tests
that need it are skipped and say so; where `SCRAWL_REQUIRE_BROWSER` is set, as in CI, they fail.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromedriver")

# No GPU, no sandbox (containers run as root and allow none), no 64 MB of shared memory to outgrow.
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",  # as a phone does; they would cover the edge of a screenshot
)


@contextmanager
def browser(width: int = 1200, height: int = 900, *, dark: bool = False) -> Iterator[Browser]:
    """Start Chromium for a block of tests, or skip them where there is none.

    Parameters
    ----------
    width, height : int
        Of the page, in CSS pixels: a phone's can be as narrow as one likes.
    dark : bool
        Whether the user prefers a dark page.
    """
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        refuse = pytest.fail if os.environ.get("SCRAWL_REQUIRE_BROWSER") else pytest.skip
        refuse(f"no {' and no '.join(missing)}: `apt-get install chromium chromium-driver`")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # With its path given, selenium looks for no driver of its own on the web.
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield Browser(driver, width, height, dark=dark)
    finally:
        driver.quit()


class Browser:
    """One window of Chromium; `driver` is selenium's, for whatever is not here."""

    def __init__(self, driver: Any, width: int, height: int, *, dark: bool) -> None:
        self.driver = driver
        self.look(width, height, dark=dark)

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Give the page another size, or turn the light off or on."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, page: Path) -> None:
        """Open a file, and forget what pages before it asked for and complained of."""
        self.complaints()
        self.requests()
        self.driver.get(page.absolute().as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a JavaScript function on the page and return what it returns."""
        return self.driver.execute_script(script, *arguments)

    def press(self, keys: str, *, holding: str = "") -> None:
        """Press keys, one after the other, wherever the focus is; perhaps while one is held."""
        from selenium.webdriver import ActionChains

        actions = ActionChains(self.driver)
        if holding:
            actions.key_down(holding).send_keys(keys).key_up(holding).perform()
        else:
            actions.send_keys(keys).perform()

    def drag(self, points: Sequence[tuple[float, float]], *, touch: bool = False) -> None:
        """Draw a line through points, in CSS pixels of the window, with the mouse or a finger."""
        names = ("touchStart", "touchMove", "touchEnd")
        names = names if touch else ("mousePressed", "mouseMoved", "mouseReleased")
        kinds = [names[0], *[names[1]] * (len(points) - 1), names[2]]
        for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
            place, given = {"x": x, "y": y}, dict[str, Any]()
            if touch:
                points_left = [] if kind == "touchEnd" else [place]
                event, given = "Input.dispatchTouchEvent", {"touchPoints": points_left}
            else:
                event, given = "Input.dispatchMouseEvent", {**place, "button": "left", "buttons": 1}
            self.driver.execute_cdp_cmd(event, {"type": kind, **given})

    def complaints(self) -> list[str]:
        """Return what was written to the console since the last call: errors, warnings, all."""
        return [f"{one['level']}: {one['message']}" for one in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the last call, the page's own included."""
        messages = [json.loads(one["message"])["message"] for one in self._performance()]
        return [
            one["params"]["request"]["url"]
            for one in messages
            if one["method"] == "Network.requestWillBeSent"
            and not one["params"]["request"]["url"].startswith("data:")
        ]

    def _performance(self) -> list[dict[str, Any]]:
        return list(self.driver.get_log("performance"))

    def overflow(self) -> int:
        """Return by how many CSS pixels the page is wider than its window."""
        return int(
            self.run(
                "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
            )
        )

    def screenshot(self, path: Path) -> None:
        """Save a picture of the whole page, however tall it is, as PNG."""
        import base64

        options = {"captureBeyondViewport": True}
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)
        path.write_bytes(base64.b64decode(picture["data"]))
