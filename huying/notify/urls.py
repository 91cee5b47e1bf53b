"""The inbox, and what could not be sent."""

from django.urls import path

from huying.notify import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/unsent/", views.unsent, name="unsent"),
    path("inbox/unsent/<int:pk>/again/", views.again, name="unsent-again"),
]
