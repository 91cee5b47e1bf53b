"""The addresses of calls, by family: residents, staff, public."""

from django.urls import path

from huying.calls.views import detail, follow, lists, raise_page, steps, today

urlpatterns = [
    # Residents
    path("q/<str:tag>/", raise_page.page, name="call-raise"),
    path("q/<str:tag>/where/", raise_page.where, name="call-where"),
    path("c/<str:secret>/", follow.page, name="call-follow"),
    path("c/<str:secret>/do/<slug:step>/", follow.act, name="call-follow-act"),
    # Staff
    path("today/", today.today, name="today"),
    path("calls/", lists.index, name="call-list"),
    path("calls/<int:pk>/", detail.detail, name="call-detail"),
    path("calls/<int:pk>/do/<slug:step>/", steps.do, name="call-do"),
]
