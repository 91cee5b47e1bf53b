"""The call-out of tomorrow morning for all tests of this room."""

from huying.callouts.tests.scene import scene

__all__ = ["scene"]
