"""Addresses of call-outs, shifts and hours."""

urlpatterns: list = []
