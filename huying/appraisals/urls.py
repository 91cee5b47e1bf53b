"""Addresses of appraisals."""

urlpatterns: list = []
