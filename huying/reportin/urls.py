"""Addresses of reportin."""

urlpatterns: list = []
