"""Pages of the kernel: long jobs, and the operator's."""

from django.urls import path

from huying.kernel import views

app_name = "kernel"
urlpatterns = [
    path("jobs/<int:pk>/", views.job, name="job"),
    path("operator/", views.operator, name="operator"),
    path("operator/resend/", views.resend, name="resend"),
    path("operator/again/", views.again, name="again"),
    path("operator/calendar/", views.operator_calendar, name="calendar"),
]
