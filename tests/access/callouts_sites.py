"""Sites: plans, queues by numbers, and the pages of the day that need no log-in but a link."""

import secrets

from huying.callouts.actions import site_plans, site_queue
from huying.callouts.site_catalogue import templates
from huying.kernel.scopes import ANONYMOUS

from .columns import ALL, NO, NOT_FOUND, OK, POST_ONLY, TO_LOGIN, WHO

PLANNERS = {
    **dict.fromkeys(WHO, NO),
    "anonymous": TO_LOGIN,
    **dict.fromkeys(("zhi", "gao", "qin", "jie", "qu", "shi", "zhao"), OK),
}
KEEPERS = {**PLANNERS, "qu": NO, "shi": NO}
TABLE: dict = {
    "callouts/sites/": PLANNERS,
    "callouts/sites/new/": PLANNERS,
    "callouts/sites/compare/": PLANNERS,
    "callouts/sites/<int:pk>/": {**PLANNERS, "zhao": NOT_FOUND},
    "callouts/sites/<int:pk>/drop/": POST_ONLY,
    "callouts/queues/": KEEPERS,
    "callouts/queues/new/": KEEPERS,
    "callouts/queues/<int:pk>/": {**KEEPERS, "zhao": NOT_FOUND},
    "callouts/queues/<int:pk>/poster/": {**KEEPERS, "zhao": NOT_FOUND},
    "callouts/queues/<int:pk>/do/<slug:step>/": POST_ONLY,
    # Whoever holds the link holds the key; nothing on them names anybody.
    "number/<str:secret>/": ALL,
    "number/<str:secret>/wall/": ALL,
    "slip/<str:secret>/": ALL,
    "slip/<str:secret>/leave/": POST_ONLY,
    "desk/<str:secret>/": ALL,
    "desk/<str:secret>/slip/<int:number>/": ALL,
    "lane/<str:secret>/": ALL,
    "lane/<str:secret>/do/<slug:step>/": POST_ONLY,
}
SENT = dict.fromkeys(WHO, 302)
POSTED: dict = {
    "callouts/sites/new/": {**PLANNERS, **dict.fromkeys(("zhi", "gao", "qin", "jie", "qu", "shi", "zhao"), 422)},
    "callouts/sites/<int:pk>/drop/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "zhao": NOT_FOUND, "gao": 302},
    "callouts/queues/new/": {"anonymous": TO_LOGIN, "xu": NO, "lu": NO, "qu": NO, "zhao": 422, "gao": 422},
    "callouts/queues/<int:pk>/do/<slug:step>/": {
        "anonymous": TO_LOGIN,
        "xu": NO,
        "lu": NO,
        "qu": NO,
        "zhao": NOT_FOUND,
        "gao": 302,
    },
    "number/<str:secret>/": SENT,
    "slip/<str:secret>/leave/": SENT,
    "desk/<str:secret>/": SENT,
    "lane/<str:secret>/do/<slug:step>/": SENT,
}


def scene(stage, raise_one) -> dict:
    """A plan of Zhi's for the compound, a queue that runs there, and a number in it."""
    goods = templates()["goods"]
    draft = site_plans.Draft(
        template=goods,
        people=60,
        opens=goods.opens,
        closes=goods.closes,
        curve_kind="even",
        lanes=1,
        stations=tuple((one.mean, one.spread) for one in goods.stations),
        first_percent=10,
        in_row=2,
        target=20,
    )
    zhi, compound = stage.actor("zhi"), stage.place("compound")
    plan = site_plans.save_plan(draft, "发菜", compound, None, key=secrets.token_hex(8), by=zhi)
    queue = site_queue.open_queue(compound, "发菜", 2, key=secrets.token_hex(8), by=zhi, plan=plan)
    slip = site_queue.take_number(queue, key=secrets.token_hex(8), first=False, by=ANONYMOUS)
    return {
        "callouts/sites/<int:pk>": plan.pk,
        "callouts/queues/<int:pk>/do/<slug:step>": "close",
        "callouts/queues/<int:pk>": queue.pk,
        "number/<str:secret>": queue.secret,
        "slip/<str:secret>": slip.secret,
        "desk/<str:secret>/slip/<int:number>": slip.number,
        "desk/<str:secret>": queue.desk_secret,
        "lane/<str:secret>/do/<slug:step>": "next",
        "lane/<str:secret>": queue.lane_secret(1),
    }
