"""The most likely machine where outputs may be wrong: one description length, and a local search that shortens it."""

from __future__ import annotations

from seqlogic.noise.candidate import Candidate
from seqlogic.noise.description import Description
from seqlogic.noise.evidence import Evidence
from seqlogic.noise.rivals import Likelihood, RunnerUp, runner_up
from seqlogic.noise.search import settled, shortest

__all__ = ["Candidate", "Description", "Evidence", "Likelihood", "RunnerUp", "runner_up", "settled", "shortest"]
