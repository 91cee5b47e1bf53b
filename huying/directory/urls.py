"""The pages of directory."""

from django.urls import path

from huying.directory import views

app_name = "directory"
urlpatterns = [
    path("directory/", views.units, name="units"),
    path("directory/register/", views.register, name="register"),
    path("directory/<int:pk>/", views.unit, name="unit"),
    path("directory/<int:pk>/seat/", views.seat, name="seat"),
    path("directory/<int:pk>/close/", views.close, name="close"),
    path("directory/seat/<int:pk>/end/", views.unseat, name="unseat"),
]
