"""Addresses of the two modes."""

urlpatterns: list = []
