"""The subcommands of `seqlogic`, one module each; `seqlogic.cli` imports the one that is called."""

__all__ = ["EXIT_CODES"]

EXIT_CODES = {"exact": 0, "unique": 0, "equal": 0, "differs": 1, "conforms": 3, "undecided": 3, "likely": 3}
"""The exit code of each verdict on a run, and of each result of comparing two machines."""
