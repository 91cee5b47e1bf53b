"""Addresses of call-outs, shifts and hours."""

from django.urls import path

from huying.callouts.views import rush

urlpatterns: list = [
    # Behind the link of a message; huying/site/rush.py stands in front of it.
    path("o/<str:secret>/shift/<int:shift>/", rush.sign_up, name="callout-signup"),
]
