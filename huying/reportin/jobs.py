"""What runs by the clock in report-in: one module for each half; and what a worker does for it."""

from huying.reportin.jobs_lists import ring_list_alarms
from huying.reportin.jobs_reports import end_registrations_of_the_gone, erase_names_of_slips, erase_reasons
from huying.reportin.people_lists import invite_all

__all__ = ["end_registrations_of_the_gone", "erase_names_of_slips", "erase_reasons", "invite_all", "ring_list_alarms"]
