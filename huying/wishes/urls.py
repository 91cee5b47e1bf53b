"""Addresses of wishes."""

urlpatterns: list = []
