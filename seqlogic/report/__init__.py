"""Pages that a person looks at after a run."""

from seqlogic.report.circuit import CircuitReport, render_circuit_report
from seqlogic.report.run import Report, render_report

__all__ = ["CircuitReport", "Report", "render_circuit_report", "render_report"]
