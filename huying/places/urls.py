"""Addresses of places: walking the tree, finding, bringing in lists."""

from django.urls import path

from huying.places import views

app_name = "places"
urlpatterns = [
    path("places/", views.browse, name="root"),
    path("places/search/", views.find, name="search"),
    path("places/<int:pk>/", views.browse, name="place"),
    path("places/<int:pk>/import/", views.upload, name="upload"),
    path("places/imports/<int:pk>/", views.proposal, name="import"),
    path("places/imports/<int:pk>/go/", views.take_in, name="import-go"),
    path("places/imports/<int:pk>/undo/", views.take_back, name="import-undo"),
    path("places/imports/<int:pk>/rejected.csv", views.rejected, name="import-rejected"),
]
