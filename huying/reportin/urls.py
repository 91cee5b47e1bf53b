"""Addresses of report-in: units and members; then the three lists."""

from django.urls import path  # noqa: F401

app_name = "reportin"
urlpatterns: list = []
