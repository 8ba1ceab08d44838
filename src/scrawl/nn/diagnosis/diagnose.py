"""The diagnosis of a run that has ended: one cause, and its symptoms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scrawl.nn.diagnosis.catalogue import CAUSES, SYMPTOMS, Cause
from scrawl.nn.diagnosis.evidence import Evidence
from scrawl.nn.diagnosis.findings import Finding


def diagnose(evidence: Evidence, known: Sequence[Finding] = ()) -> list[Finding]:
    """Say what is unhealthy about a network that was trained.

    Parameters
    ----------
    evidence : Evidence
    known : sequence of Finding
        Of the gradient check. If there are any, no other cause is looked for: whatever else there
        is may come from them.

    Returns
    -------
    list of Finding
        The cause first; empty for a sound network.
    """
    causes = list(known) or list(found(evidence))[:1]
    if not causes and not evidence.never:
        return []
    return [*causes, *symptoms(evidence)]


def found(evidence: Evidence) -> Iterator[Finding]:
    """Yield what the checks for causes find, in their order."""
    for cause in CAUSES:
        seen = cause.check(evidence)
        if seen:
            yield as_finding(cause, evidence, seen.words, seen.numbers)


def as_finding(
    cause: Cause, evidence: Evidence, words: str, numbers: Mapping[str, float]
) -> Finding:
    """Return a cause with what was seen of it."""
    return Finding(
        cause.name, f"{words}: {cause.why}; {cause.advice}", numbers, cause.cure(evidence)
    )


def symptoms(evidence: Evidence) -> Iterator[Finding]:
    """Yield what else is unhealthy about a network."""
    for symptom in SYMPTOMS:
        seen = symptom.check(evidence)
        if seen:
            yield Finding(symptom.name, seen.words, seen.numbers)
