"""Examples for the learner: sampled from a task, or read from a file."""

from datamodules.files import FileData
from datamodules.sampled import SampledData
from datamodules.sequences import CounterexampleSampler, SequenceData

__all__ = ["CounterexampleSampler", "FileData", "SampledData", "SequenceData"]
