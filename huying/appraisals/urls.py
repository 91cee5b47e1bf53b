"""Addresses of appraisals."""

from django.urls import path, register_converter

from huying.appraisals.views import base, entry, home, summary, write

register_converter(base.PeriodConverter, "period")

app_name = "appraisals"
urlpatterns = [
    path("appraisals/", home.page, name="home"),
    path("appraisals/unit/<int:pk>/", summary.latest, name="latest"),
    path("appraisals/unit/<int:pk>/<period:period>/", summary.page, name="summary"),
    path("appraisals/unit/<int:pk>/<period:period>/table.xlsx", summary.table, name="table"),
    path("appraisals/unit/<int:pk>/<period:period>/list/<slug:figure>/", summary.behind, name="list"),
    path("appraisals/by/<slug:giver>/<int:year>/", write.year, name="year"),
    path("appraisals/by/<slug:giver>/<int:year>/<slug:subject>/", write.write, name="write"),
    path("appraisals/<int:pk>/", entry.page, name="entry"),
    path("appraisals/<int:pk>/reply/", entry.reply, name="reply"),
    path("appraisals/<int:pk>/correct/", entry.correct, name="correct"),
]
