import pytest

from huying.people.tests.cast import make_cast


@pytest.fixture
def cast(db):
    return make_cast()
