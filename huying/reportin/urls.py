"""Addresses of report-in: units and members; then the three lists."""

from django.urls import path

from huying.reportin import urls_lists
from huying.reportin.views import community, me, members, people, public, units

app_name = "reportin"
urlpatterns: list = [
    path("reportin/", community.home, name="home"),
    # Whoever reports in
    path("reportin/at/<str:tag>/", public.place, name="place"),
    path("reportin/unit/<str:tag>/", units.ask, name="unit"),
    path("reportin/invited/<str:secret>/", units.invited, name="invited"),
    path("reportin/member/<str:tag>/", members.register, name="member"),
    path("reportin/member/<str:tag>/units/", members.units, name="member_units"),
    path("reportin/slip/<str:secret>/", members.slip, name="slip"),
    # Oneself
    path("reportin/me/", me.me, name="me"),
    path("reportin/me/change/", me.change, name="change"),
    path("reportin/me/move/", me.move, name="move"),
    path("reportin/me/leave/", me.leave, name="leave"),
    path("reportin/me/erase/", me.erase, name="erase"),
    path("reportin/me/data.json", me.data, name="data"),
    path("reportin/me/exempt/", me.exempt, name="exempt"),
    path("reportin/exemption/<int:pk>/end/", me.end_exemption, name="end_exemption"),
    path("reportin/receipt/<int:pk>/", members.receipt, name="receipt"),
    path("reportin/registered/<int:pk>/unlink/", members.unlink, name="unlink"),
    # A unit's report, and its people
    path("reportin/report/<int:pk>/", units.report, name="report"),
    path("reportin/report/<int:pk>/receipt/", units.receipt, name="report_receipt"),
    path("reportin/report/<int:pk>/do/<slug:step>/", units.decide, name="decide"),
    path("reportin/people/list.xlsx", people.template, name="template"),
    path("reportin/people/<int:pk>/", people.people, name="people"),
    path("reportin/people/<int:pk>/exempt/", people.exempt, name="exempt_other"),
    path("reportin/people/<int:pk>/invite/", people.upload, name="upload"),
    path("reportin/people/<int:pk>/slips/", people.slips, name="slips"),
    path("reportin/people/slip/<int:pk>/back/", people.take_back, name="take_back"),
    path("reportin/list/<int:pk>/", people.preview, name="list"),
    path("reportin/list/<int:pk>/go/", people.go, name="list_go"),
    path("reportin/list/<int:pk>/left-out.csv", people.left_out, name="left_out"),
    # The community
    path("reportin/community/<int:pk>/", community.community, name="community"),
    path("reportin/community/<int:pk>/members.xlsx", community.members_xlsx, name="members_xlsx"),
    path("reportin/community/<int:pk>/invite/", community.invite, name="invite"),
    path("reportin/invitation/<int:pk>/", community.invitation, name="invitation"),
    path("reportin/invitation/<int:pk>/revoke/", community.revoke, name="revoke"),
    *urls_lists.urlpatterns,
]
