"""Addresses of the two modes."""

from django.urls import path

from huying.modes.views import households, modes, report

app_name = "modes"
urlpatterns = [
    path("modes/", modes.index, name="home"),
    path("modes/switch/", modes.switch, name="switch"),
    path("modes/<int:pk>/", modes.mode, name="mode"),
    path("modes/<int:pk>/do/<slug:step>/", modes.do, name="do"),
    path("modes/<int:pk>/report/", report.page, name="report"),
    path("modes/<int:pk>/report.xlsx", report.table, name="report-table"),
    path("modes/households/", households.index, name="households"),
    path("modes/households/open/", households.opened, name="households-open"),
    path("modes/households/new/", households.add, name="household-new"),
    path("modes/households/<int:pk>/withdraw/", households.withdraw, name="household-withdraw"),
    # The household itself, behind its secret link.
    path("h/<str:secret>/", households.own, name="own"),
    path("h/<str:secret>/withdraw/", households.take_back, name="take-back"),
]
