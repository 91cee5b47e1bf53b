"""Huying (呼应): residents call, the nearest answer, everyone sees."""

__version__ = "0.1.0"
