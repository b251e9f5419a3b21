"""Can I trust it for my material? A checklist for any potential, in a minute (notebook 5).

`trust` runs the list for one potential and `table` writes several side by side
(`plotting.traffic_lights` draws them). `limits` has the questions, with their limits and the
reasons; what is measured stands in `consistency` (do energy, forces and stress belong together?),
`symmetry` (does what must not matter not matter?) and `extremes` (what far from the training set?).
"""

from lecture8.trust.checklist import Finding, table, trust
from lecture8.trust.limits import CHECKS, Check
from lecture8.trust.measurement import Measurement, NotApplicable

__all__ = ["CHECKS", "Check", "Finding", "Measurement", "NotApplicable", "table", "trust"]
