"""What runs by the clock in report-in: one module for each half."""

from huying.reportin.jobs_lists import ring_list_alarms

__all__ = ["ring_list_alarms"]
