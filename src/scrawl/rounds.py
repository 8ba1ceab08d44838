"""Spare Snakemake from looking for jobs to start ever more often.

To start at most 100 jobs a second, its default, Snakemake's scheduler looks again a second after
each look, and each of those looks leads to another. Each job that ends adds one: after 1,000 jobs
it would look 1,000 times a second for as long as jobs wait. 1,000 jobs of a second on 16 cores cost
its process 25 s of a core, of which 15 were this.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

Ask = Callable[[Any, float], None]


def one_at_a_time(ask: Ask) -> Ask:
    """Wrap `JobScheduler._schedule_reevalutation`: while a look is due, no other is asked for.

    A limit of so many jobs in a time is kept; a job may start later than it allows, by that time.

    Parameters
    ----------
    ask : function
        Takes the scheduler, and after how many seconds it is to look.

    Returns
    -------
    function
        Calls it unless an earlier call's time is still to come.
    """
    due = -float("inf")

    @wraps(ask)
    def asked(scheduler: Any, delay: float) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + delay
            ask(scheduler, delay)

    return asked
