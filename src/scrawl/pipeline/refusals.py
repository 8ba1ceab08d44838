"""Refused configuration: the message alone, without the lines of the rules that found it."""

from __future__ import annotations

import logging
import re

# As Snakemake prints an error that `refusing` in common.smk raises: while it reads the rules, or
# called by a rule's input function.
REFUSED = re.compile(
    r'WorkflowError in file "[^"\n]*common\.smk", line \d+:\n'
    r'(?P<words>.*?)(?:\n  File "[^"\n]*", line \d+, in [^\n]*)*\s*',
    re.DOTALL,
)
REFUSED_INPUT = re.compile(
    r"InputFunctionException in rule [^\n]*\nError:\n  WorkflowError:\n    (?P<words>[^\n]*)\n"
    r"Wildcards:.*",
    re.DOTALL,
)


def in_own_words(record: logging.LogRecord) -> bool:
    r"""Log filter that leaves of an error in common.smk what it says to the user.

    >>> words = (
    ...     'WorkflowError in file "a/common.smk", line 36:\nsuite: there is no x\n'
    ...     '  File "a/common.smk", line 63, in <module>'
    ... )
    >>> record = logging.LogRecord("", 0, "", 0, words, (), None)
    >>> in_own_words(record), record.msg
    (True, 'snakemake: suite: there is no x')
    """
    message = str(record.msg)
    if found := REFUSED.fullmatch(message) or REFUSED_INPUT.fullmatch(message):
        record.msg, record.args = f"snakemake: {found['words']}", ()
    return True
