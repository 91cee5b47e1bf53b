"""Addresses of first assignments and of rosters."""

from django.urls import path

from huying.callouts.views import assign, roster

urlpatterns = [
    path("callouts/<int:pk>/assign/", assign.page, name="callout-assign"),
    path("callouts/<int:pk>/assign/propose/", assign.propose, name="callout-assign-propose"),
    path("callouts/<int:pk>/assign/move/", assign.move, name="callout-assign-move"),
    path("callouts/<int:pk>/assign/undo/", assign.undo, name="callout-assign-undo"),
    path("callouts/<int:pk>/assign/publish/", assign.publish, name="callout-assign-publish"),
    path("callouts/roster/new/", roster.new, name="callout-roster-new"),
    path("callouts/<int:pk>/roster/", roster.table, name="callout-roster"),
    path("callouts/<int:pk>/roster/swap/<int:signup>/", roster.offer, name="callout-swap-offer"),
    path("callouts/<int:pk>/roster/keep/<int:wanted>/", roster.take_back, name="callout-swap-keep"),
    path("callouts/<int:pk>/roster/take/<int:wanted>/", roster.take, name="callout-swap-take"),
]
