"""Where a run goes at its end, beside an earlier one, and the certificate that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqlogic.commands.arguments import same_experiment
from seqlogic.commands.ending import Outcome
from seqlogic.errors import InputError
from seqlogic.examples import Examples
from seqlogic.proof import Link, certificate_content, write_certificate
from seqlogic.run_folder import RunFolder

__all__ = ["certify", "put"]


def certify(
    folder: RunFolder,
    outcome: Outcome,
    examples: Examples,
    links: Sequence[Link],
    further: Mapping[str, Any],
    *,
    consistent: bool | None,
) -> None:
    """Write the certificate of a run, of all files that are there; what `further` says goes into it."""
    run = {
        "name": outcome.name,
        "command": outcome.command,
        "seed": outcome.seed,
        "date": outcome.date,
        "steps": outcome.steps,
        "registers": outcome.why,
        **further,
        "SHA-256 of the examples": examples.digest,
    }
    files = [name for name in folder.files() if name != "certificate.json"]
    write_certificate(folder.partial, links, files, run, consistent=consistent)


def put(folder: RunFolder, verdict: str) -> tuple[Path, tuple[str, ...]]:
    """Put a run where it belongs: returns that folder, and what there is to say of the earlier run."""
    earlier = _earlier(folder)
    if verdict == "unique" and earlier not in (None, "unique"):
        why = f"it is {earlier}, which says more" if earlier else "its certificate cannot be read"
        return folder.finish(False), (f"the run in {folder.final} stays: {why}",)
    good = verdict in ("exact", "unique")
    replaces = good and earlier is not None and _other_arguments(folder)
    said = (f"replaces an earlier {earlier or 'exact'} run with other arguments",) if replaces else ()
    return folder.finish(good), said


def _earlier(folder: RunFolder) -> str | None:
    """The verdict on the run that is where this one may go, "" if that cannot be read; None if there is none."""
    if not (folder.final / "config.yaml").is_file():
        return None
    try:
        return certificate_content(folder.final)["verdict"]
    except InputError:
        return ""


def _other_arguments(folder: RunFolder) -> bool:
    """Whether the earlier run was of another configuration; where it goes does not count as such."""
    earlier, now = ((place / "config.yaml").read_text(encoding="utf-8") for place in (folder.final, folder.partial))
    return not same_experiment(earlier, now)
