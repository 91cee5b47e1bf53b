"""Appointing, ending and undoing with a mouse: every button can be reached and does what it says."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from huying.people.queries import actor_for
from huying.people.tests.cast import make_cast

PASSWORD = "huying-test-2026"


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_head_is_ended_and_the_end_undone(page, live_server):
    cache.clear()
    cast = make_cast(PASSWORD)
    place = reverse("people:place", args=[cast.stage.building.pk])
    page.goto(f"{live_server.url}{reverse('account_login')}?next={place}")
    page.fill("[name=login]", "gao")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/accounts/login/'] button[type=submit]")
    page.wait_for_url(f"{live_server.url}{place}")
    page.get_by_role("button", name="免去").click()
    page.wait_for_selector("text=不再是楼栋长")
    assert actor_for(cast.lu).posts == ()
    page.get_by_role("button", name="撤销，继续任").click()
    page.wait_for_selector("text=还是楼栋长")
    assert actor_for(cast.lu).posts != ()
