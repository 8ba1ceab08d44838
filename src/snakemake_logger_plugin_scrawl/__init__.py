"""Snakemake's logger plugin `scrawl`: on a terminal a live view of all jobs, else a line for each.

Snakemake finds a plugin by the name of its package, which therefore lies beside `scrawl` and not in
it. What is shown is made in `scrawl.pipeline.live_view` and in `plain_lines` there.
"""

from __future__ import annotations

import os
import sys
from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase

from scrawl.pipeline.plain_lines import Lines
from scrawl.settings.yaml_files import check_named


class LogHandler(LogHandlerBase):
    """Hands Snakemake's records to a screen, or to what stands for one.

    Whoever asks Snakemake for more or less than usual gets Snakemake's own lines, and so does the
    Snakemake that runs a job on another node of a cluster.
    """

    def __post_init__(self) -> None:
        """Look where the output goes, and what was asked for; refuse unreadable configuration.

        The latter here, because Snakemake loads its loggers before it reads configuration.
        """
        try:
            check_named(sys.argv[1:])
        except ValueError as error:
            sys.exit(f"snakemake: {error}")
        asked = self.common_settings
        stream = sys.stdout if asked.stdout else sys.stderr
        own_lines = (
            asked.dryrun or asked.verbose or asked.printshellcmds or asked.debug_dag or asked.quiet
        )
        self.screen: Lines | None = None
        if own_lines or "--mode" in sys.argv:
            return
        if stream.isatty() and os.environ.get("TERM") != "dumb":
            from scrawl.pipeline.live_view import Screen  # here: a run in a pipe needs no rich

            self.screen = Screen(stream, no_color=asked.nocolor)
        else:
            self.screen = Lines(stream)

    def emit(self, record: LogRecord) -> None:
        """Show a record. An error in that is printed and ends nothing."""
        if self.screen is None:
            return
        try:
            self.screen.take(record, self.format(record))
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self.screen is not None:
            self.screen.close()
            self.screen = None
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """Whether Snakemake is to leave the terminal alone."""
        return self.screen is not None

    writes_to_file = False
    has_filter = False  # Snakemake's own is used,
    has_formatter = False  # and so is this: errors look as always
    needs_rulegraph = False
