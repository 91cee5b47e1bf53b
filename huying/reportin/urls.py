"""Addresses of report-in: units and members; then the three lists."""

from huying.reportin import urls_lists

app_name = "reportin"
urlpatterns: list = [
    *urls_lists.urlpatterns,
]
