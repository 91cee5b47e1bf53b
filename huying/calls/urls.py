"""The addresses of calls, by family: residents, staff, public."""

from django.urls import path  # noqa: F401

urlpatterns: list = []
