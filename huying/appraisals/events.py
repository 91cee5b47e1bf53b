"""The facts that appraisals publish. The subject is the appraisal."""

GIVEN = "appraisals.given"
CORRECTED = "appraisals.corrected"
REPLIED = "appraisals.replied"
