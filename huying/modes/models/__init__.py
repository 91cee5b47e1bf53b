"""Modes that are on or were, their reports, and the households that need help first."""

from huying.modes.models.households import HouseholdLook, PriorityHousehold
from huying.modes.models.modes import Mode, Report

__all__ = ["HouseholdLook", "Mode", "PriorityHousehold", "Report"]
