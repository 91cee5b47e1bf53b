"""The sites of the demo are worked out once, and a queue runs there."""

from huying.callouts import demo_sites
from huying.callouts.models import SitePlan, SiteQueue
from huying.callouts.queries_sites import standing


def test_the_demo_has_a_plan_and_a_queue_under_way_and_loading_it_again_adds_nothing(stage):
    # Of the demo's two compounds the stage has one.
    assert demo_sites.load() == 1 and demo_sites.load() == 0
    assert SitePlan.objects.get().made_up
    now = standing(SiteQueue.objects.get())
    assert len(now.called) == 2 and now.waiting > 5
