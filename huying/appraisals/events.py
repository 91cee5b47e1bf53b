"""The facts that appraisals publish. What is said of somebody stands in no fact: the log is never erased."""

# The subject is the entry. Facts: `person` or `unit` (who is appraised), `root` (the first entry), `year` or `project`.
GIVEN = "appraisals.given"
CORRECTED = "appraisals.corrected"
# The subject is the entry that is answered; facts: `to`, the person who wrote it, and `root`.
REPLIED = "appraisals.replied"
# The subject is the unit: what its people did in a quarter can be read; facts: `unit`, `year`, `quarter`.
QUARTER_TOLD = "appraisals.quarter_told"
# The subject is the first entry: its time was over and it was deleted.
ERASED = "appraisals.erased"
