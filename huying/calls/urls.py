"""The addresses of calls, by family: residents, staff, public."""

from django.urls import path, re_path

from huying.calls.views import (
    behalf,
    bulk,
    caller,
    contact,
    detail,
    follow,
    lists,
    live,
    photos,
    posters,
    raise_page,
    steps,
    today,
)

urlpatterns = [
    # Residents
    path("q/<str:tag>/", raise_page.page, name="call-raise"),
    path("q/<str:tag>/where/", raise_page.where, name="call-where"),
    path("q/<str:tag>/alike/", raise_page.looks_alike, name="call-alike"),
    path("c/<str:secret>/", follow.page, name="call-follow"),
    path("c/<str:secret>/do/<slug:step>/", follow.act, name="call-follow-act"),
    path("c/<str:secret>/code.svg", follow.code, name="call-follow-code"),
    path("c/<str:secret>/photos/<slug:key>-small.jpg", photos.of_caller, {"size": "small"}, name="call-follow-small"),
    path("c/<str:secret>/photos/<slug:key>.jpg", photos.of_caller, name="call-follow-photo"),
    path("photos/<slug:key>-small.jpg", photos.photo, {"size": "small"}, name="photo-small"),
    path("photos/<slug:key>.jpg", photos.photo, name="photo"),
    # Posters and what staff write down for residents
    path("places/<int:pk>/posters/", posters.page, name="place-posters"),
    path("calls/new/", behalf.page, name="call-new"),
    path("calls/new/places/", behalf.places, name="call-new-places"),
    path("calls/<int:pk>/slip/", behalf.slip, name="call-slip"),
    # Staff
    path("today/", today.today, name="today"),
    path("calls/", lists.index, name="call-list"),
    path("calls/bulk/", bulk.do, name="call-bulk"),
    path("calls/bulk/<int:pk>/", bulk.told, name="call-bulk-told"),
    path("calls/caller/", caller.page, name="call-caller"),
    path("calls/saved/", lists.save, name="call-filter-save"),
    path("calls/saved/<int:pk>/", lists.change_saved, name="call-filter"),
    path("calls/replies/", lists.replies, name="call-replies"),
    re_path(r"^calls/export\.(?P<kind>csv|xlsx)$", lists.table, name="call-table"),
    path("calls/<int:pk>/", detail.detail, name="call-detail"),
    path("calls/<int:pk>/row/", detail.line, name="call-row"),
    path("calls/<int:pk>/unseal/", contact.unseal, name="call-unseal"),
    path("calls/<int:pk>/assist/", contact.assist, name="call-assist"),
    path("calls/<int:pk>/do/<slug:step>/", steps.do, name="call-do"),
    # Live streams
    path("live/today/", live.today, name="live-today"),
    path("live/call/<int:pk>/", live.call, name="live-call"),
    path("live/c/<str:secret>/", live.caller, name="live-follow"),
]
