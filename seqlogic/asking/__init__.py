"""Learning by asking: an unknown that can be queried, and the exact machine behind its answers."""

from seqlogic.asking.learner import Learned, Learner, Standing, learn
from seqlogic.asking.oracle import GivenWords, Oracle, RandomWords, SuiteWords, in_turn
from seqlogic.asking.queryable import Queryable, QueryableExamples, QueryableFunction, QueryableMachine, Word
from seqlogic.asking.record import Count, OutOfTimeError, Record

__all__ = [
    "Count",
    "GivenWords",
    "Learned",
    "Learner",
    "Oracle",
    "OutOfTimeError",
    "Queryable",
    "QueryableExamples",
    "QueryableFunction",
    "QueryableMachine",
    "RandomWords",
    "Record",
    "Standing",
    "SuiteWords",
    "Word",
    "in_turn",
    "learn",
]
