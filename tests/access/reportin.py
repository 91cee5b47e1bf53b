"""Report-in: units, members and the three lists."""

import datetime as dt

from django.utils import timezone

from huying.directory.models import Member
from huying.reportin.actions import exemptions
from huying.reportin.actions import units as actions
from huying.reportin.models import MemberInvitation, PeopleList

from .columns import ALL, NO, NOT_FOUND, OK, PERSONS, POST_ONLY, TO_LOGIN, WHO

# Gao's community and those above it; the next community and those below it do not find it.
OVER_COMMUNITY = {
    **dict.fromkeys(WHO, NOT_FOUND),
    "anonymous": TO_LOGIN,
    "xu": NO,
    "tian": NO,
    **dict.fromkeys(("gao", "qin", "jie", "qu", "shi", "operator"), OK),
}
KEEPERS_ONLY = {**OVER_COMMUNITY, "lu": NO, "zhi": NO}
# The unit's own people.
UNIT_ONLY = {**dict.fromkeys(WHO, NOT_FOUND), "anonymous": TO_LOGIN, "tian": OK}
REPORT = {**OVER_COMMUNITY, "xu": NOT_FOUND, "tian": OK}
NOT_KEPT = {"anonymous": TO_LOGIN, "xu": NO, "tian": NO, "lu": NO}

TABLE: dict = {
    # On to one's own page: a community, a unit, oneself; whoever is above several has a list.
    "reportin/": {**dict.fromkeys(WHO, 302), "jie": OK, "qu": OK, "shi": OK, "operator": OK},
    "reportin/at/<str:tag>/": ALL,
    "reportin/unit/<str:tag>/": ALL,
    # The scene's invitation is open.
    "reportin/invited/<str:secret>/": ALL,
    "reportin/member/<str:tag>/": ALL,
    "reportin/member/<str:tag>/units/": ALL,
    "reportin/slip/<str:secret>/": ALL,
    "reportin/me/": PERSONS,
    # Only Xu is registered; the others are led back to their own page.
    "reportin/me/change/": {**dict.fromkeys(WHO, 302), "xu": OK},
    "reportin/me/move/": {**dict.fromkeys(WHO, 302), "xu": OK},
    "reportin/me/leave/": POST_ONLY,
    "reportin/me/erase/": POST_ONLY,
    "reportin/me/data.json": PERSONS,
    "reportin/me/exempt/": PERSONS,
    "reportin/exemption/<int:pk>/end/": POST_ONLY,
    # Xu, his unit, and staff of his community.
    "reportin/receipt/<int:pk>/": {**REPORT, "xu": OK},
    "reportin/registered/<int:pk>/unlink/": POST_ONLY,
    "reportin/report/<int:pk>/": REPORT,
    "reportin/report/<int:pk>/receipt/": REPORT,
    "reportin/report/<int:pk>/do/<slug:step>/": POST_ONLY,
    "reportin/people/list.xlsx": PERSONS,
    "reportin/people/<int:pk>/": UNIT_ONLY,
    "reportin/people/<int:pk>/exempt/": POST_ONLY,
    "reportin/people/<int:pk>/invite/": UNIT_ONLY,
    "reportin/people/<int:pk>/slips/": UNIT_ONLY,
    "reportin/people/slip/<int:pk>/back/": POST_ONLY,
    "reportin/list/<int:pk>/": UNIT_ONLY,
    "reportin/list/<int:pk>/go/": POST_ONLY,
    "reportin/list/<int:pk>/left-out.csv": UNIT_ONLY,
    "reportin/community/<int:pk>/": OVER_COMMUNITY,
    "reportin/community/<int:pk>/members.xlsx": OVER_COMMUNITY,
    "reportin/community/<int:pk>/invite/": POST_ONLY,
    "reportin/invitation/<int:pk>/": KEEPERS_ONLY,
    "reportin/invitation/<int:pk>/revoke/": POST_ONLY,
}
POSTED: dict = {
    # An empty form is shown again; whoever is registered already is told so.
    "reportin/unit/<str:tag>/": {"anonymous": 422, "gao": 422, "tian": 422},
    "reportin/member/<str:tag>/": {"anonymous": 422, "xu": 409},
    "reportin/me/leave/": {"anonymous": TO_LOGIN, "tian": 409, "xu": 302},
    # Whoever speaks for a unit or holds a post is asked to hand that over first.
    "reportin/me/erase/": {"anonymous": TO_LOGIN, "tian": 302, "gao": 302},
    "reportin/registered/<int:pk>/unlink/": {"anonymous": TO_LOGIN, "zhao": NOT_FOUND, "gao": NO, "tian": 302},
    "reportin/report/<int:pk>/do/<slug:step>/": {"anonymous": TO_LOGIN, "zhao": NOT_FOUND, "xu": NOT_FOUND},
    "reportin/exemption/<int:pk>/end/": {"anonymous": TO_LOGIN, "gao": NOT_FOUND, "xu": 302},
    "reportin/people/<int:pk>/exempt/": {"anonymous": TO_LOGIN, "gao": NOT_FOUND, "tian": 422},
    "reportin/people/<int:pk>/invite/": {"anonymous": TO_LOGIN, "gao": NOT_FOUND, "tian": 422},
    "reportin/people/slip/<int:pk>/back/": {"anonymous": TO_LOGIN, "gao": NOT_FOUND, "tian": 302},
    "reportin/list/<int:pk>/go/": {"anonymous": TO_LOGIN, "gao": NOT_FOUND, "tian": 409},
    "reportin/community/<int:pk>/invite/": {**NOT_KEPT, "zhao": NOT_FOUND, "gao": 422},
    "reportin/invitation/<int:pk>/revoke/": {**NOT_KEPT, "zhao": NOT_FOUND, "gao": 302},
}


def scene(stage, raise_one) -> dict:
    """The unit of the stage has reported in, Xu is registered and of it; a list, a slip, an invitation, an exemption."""
    gao, community = stage.actor("gao"), stage.place("community")
    report = actions.put_down(community, by=gao, unit=stage.unit)
    since = timezone.localdate() - dt.timedelta(days=700)
    member = Member.objects.create(
        person=stage.persons["xu"], place=community, unit=stage.unit, skills=["repair"], valid_from=since
    )
    invitation = actions.invite(community, "第一小学", "school", by=gao)
    kept = PeopleList.objects.create(unit=stage.unit, made_by=stage.persons["tian"])
    slip = MemberInvitation.objects.create(
        unit=stage.unit, place=community, name_sealed="王老师", expires_at=timezone.now() + dt.timedelta(days=3)
    )
    exemption = exemptions.exempt("away", timezone.localdate() + dt.timedelta(days=9), by=stage.actor("xu"))
    return {
        "reportin/invited/<str:secret>": invitation.secret,
        "reportin/slip/<str:secret>": slip.secret,
        "reportin/exemption/<int:pk>": exemption.pk,
        "reportin/receipt/<int:pk>": member.pk,
        "reportin/registered/<int:pk>": member.pk,
        "reportin/report/<int:pk>": report.pk,
        "reportin/people/<int:pk>": stage.unit.pk,
        "reportin/people/slip/<int:pk>": slip.pk,
        "reportin/list/<int:pk>": kept.pk,
        "reportin/invitation/<int:pk>": invitation.pk,
    }
