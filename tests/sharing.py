"""How the workers of pytest-xdist share the tests: what starts a whole system stays together, and the longest comes first.

The mark `xdist_group` is not used: pytest-xdist writes groups into the ids of tests, which pytest no longer reads back.
"""

import os

import pytest

# Tests of one of these run on one worker, one after the other; in this order, before all the others.
TOGETHER = (
    "tests/journeys/test_axe.py",
    # Needs no system: one worker is busy with it while the other makes the demo that all will copy.
    "tests/test_no_ranking.py",
    "tests/ops/test_up.py",
    "tests/journeys/",
    "tests/test_live.py",
    "tests/ops/test_crash.py",
    "tests/ops/test_rush_crash.py",
    "huying/site/tests/test_modules.py",
)


def place_of(nodeid: str) -> int:
    """The place of a test in the order of TOGETHER; what stands in none of them comes last."""
    return next((n for n, start in enumerate(TOGETHER) if nodeid.startswith(start)), len(TOGETHER))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """On a worker, what takes longest is begun first, so that no worker waits for the other in the end."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A module of TOGETHER is one unit of work, any other test a unit of its own."""
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return nodeid.partition("::")[0] if place_of(nodeid) < len(TOGETHER) else nodeid

    config.option.loadscopereorder = False
    return Sharing(config, log)
