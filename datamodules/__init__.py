"""Examples for the learner: sampled from a task, read from a file, or given by a program."""

from datamodules.files import FileData
from datamodules.given import GivenData
from datamodules.sampled import SampledData
from datamodules.sequences import CounterexampleSampler, SequenceData

__all__ = ["CounterexampleSampler", "FileData", "GivenData", "SampledData", "SequenceData"]
