"""Addresses of call-outs, shifts and hours."""

from django.urls import path

from huying.callouts import urls_assign, urls_place, urls_sites, urls_volunteers
from huying.callouts.views import answer, desk, post, rush

urlpatterns: list = [
    *urls_volunteers.urlpatterns,
    *urls_place.urlpatterns,
    # Posting, and the organiser's desk
    path("callouts/", desk.index, name="callout-list"),
    path("callouts/new/", post.pick, name="callout-new"),
    path("callouts/new/range/", post.in_range, name="callout-range"),
    path("callouts/new/<slug:code>/", post.new, name="callout-new-from"),
    path("callouts/<int:pk>/", desk.detail, name="callout-detail"),
    path("callouts/<int:pk>/change/", post.change, name="callout-change"),
    path("callouts/<int:pk>/do/<slug:step>/", desk.do, name="callout-do"),
    path("live/callouts/", desk.live, name="callout-live-desk"),
    path("live/callouts/<int:pk>/", answer.live, name="callout-live"),
    # Answering, logged in or by the link of a message
    path("callouts/<int:pk>/me/<slug:act>/", answer.act_own, name="callout-act"),
    path("o/<str:secret>/", answer.page, name="callout-link"),
    path("o/<str:secret>/do/<slug:act>/", answer.act, name="callout-link-act"),
    # Behind the link of a message; huying/site/rush.py stands in front of it.
    path("o/<str:secret>/shift/<int:shift>/", rush.sign_up, name="callout-signup"),
    *urls_assign.urlpatterns,
    *urls_sites.urlpatterns,
]
