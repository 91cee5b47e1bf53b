"""Addresses of volunteers, their own pages, their calendar and their certificates."""

from django.urls import path

from huying.callouts.views import calendar, certificates, me, volunteers

urlpatterns: list = [
    path("volunteer/<str:tag>/", volunteers.register, name="volunteer-register"),
    # The community's register
    path("volunteers/", volunteers.index, name="volunteers"),
    path("volunteers/new/", volunteers.new, name="volunteer-new"),
    path("volunteers/contact/<int:pk>/", volunteers.contact, name="volunteer-contact"),
    path("volunteers/<int:pk>/", volunteers.detail, name="volunteer-detail"),
    path("volunteers/<int:pk>/open/", volunteers.opened, name="volunteer-open"),
    path("volunteers/<int:pk>/confirm/", volunteers.confirm, name="volunteer-confirm"),
    path("volunteers/<int:pk>/decline/", volunteers.decline, name="volunteer-decline"),
    path("volunteers/<int:pk>/proof/", volunteers.prove, name="volunteer-prove"),
    path("volunteers/<int:pk>/proof/<int:proof>/withdraw/", volunteers.unprove, name="volunteer-unprove"),
    path("volunteers/<int:pk>/guardian/", volunteers.guardian, name="volunteer-guardian"),
    path("volunteers/<int:pk>/insured/", volunteers.insured, name="volunteer-insured"),
    path("volunteers/<int:pk>/card/", volunteers.card, name="volunteer-card"),
    path("volunteers/<int:pk>/certificate/", certificates.make_for, name="certificate-for"),
    # Oneself
    path("me/service/", me.me, name="volunteer-me"),
    path("me/service/change/", me.change, name="volunteer-change"),
    path("me/service/week/", me.week, name="volunteer-week"),
    path("me/service/pause/", me.pause, name="volunteer-pause"),
    path("me/service/companions/", me.with_whom, name="volunteer-companions"),
    path("me/service/move/", me.move, name="volunteer-move"),
    path("me/service/leave/", me.leave, name="volunteer-leave"),
    path("me/service/guardian/", me.guardian_no, name="volunteer-guardian-no"),
    path("me/service/data.json", me.data, name="volunteer-data"),
    path("me/service/record.csv", me.record, name="volunteer-record"),
    path("me/service/calendar/", calendar.settings_page, name="volunteer-calendar"),
    path("me/service/shift/<int:pk>.ics", calendar.one, name="volunteer-shift"),
    path("me/service/certificate/", certificates.make, name="certificate-make"),
    path("cal/<str:key>.ics", calendar.feed, name="volunteer-feed"),
    # Certificates, and their check by anybody
    path("certificate/open/<int:pk>/", certificates.opened, name="certificate-open"),
    path("certificate/<str:number>/", certificates.page, name="certificate"),
    path("certificate/<str:number>/service.pdf", certificates.pdf, name="certificate-pdf"),
    path("certificate/<str:number>/revoke/", certificates.revoke, name="certificate-revoke"),
    path("verify/", certificates.check, name="certificate-check"),
    path("verify/<str:number>/", certificates.verify, name="certificate-verify"),
]
