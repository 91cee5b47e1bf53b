"""Addresses at the place: checking in, the code, the list, the board, the hours."""

from django.urls import path

from huying.callouts.views import board, checkin, hours

urlpatterns = [
    # The volunteer's phone
    path("in/<int:pk>/", checkin.page, name="callout-in"),
    path("in/<int:pk>/question/<int:attendance>/", checkin.question, name="callout-in-question"),
    path("in/<int:pk>/<str:code>/", checkin.scan, name="callout-scan"),
    path("hours/", checkin.mine, name="callout-hours-mine"),
    # The organiser
    path("callouts/<int:pk>/code/", board.code, name="callout-code"),
    path("callouts/<int:pk>/here/", board.here, name="callout-here"),
    path("callouts/<int:pk>/here/ticks/", board.ticks, name="callout-ticks"),
    path("callouts/<int:pk>/here/do/<slug:act>/", board.do, name="callout-here-do"),
    path("callouts/<int:pk>/hours/", hours.page, name="callout-hours"),
    path("callouts/<int:pk>/hours/do/<slug:act>/", hours.do, name="callout-hours-do"),
    path("callouts/<int:pk>/hours.xlsx", hours.sheet, name="callout-hours-sheet"),
    # The wall
    path("wall/<str:secret>/", board.wall, name="callout-wall"),
    path("live/wall/<str:secret>/", board.wall_live, name="callout-wall-live"),
]
