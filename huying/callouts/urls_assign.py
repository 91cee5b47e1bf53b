"""Addresses of first assignments."""

from django.urls import path

from huying.callouts.views import assign

urlpatterns = [
    path("callouts/<int:pk>/assign/", assign.page, name="callout-assign"),
    path("callouts/<int:pk>/assign/propose/", assign.propose, name="callout-assign-propose"),
    path("callouts/<int:pk>/assign/move/", assign.move, name="callout-assign-move"),
    path("callouts/<int:pk>/assign/undo/", assign.undo, name="callout-assign-undo"),
    path("callouts/<int:pk>/assign/publish/", assign.publish, name="callout-assign-publish"),
]
