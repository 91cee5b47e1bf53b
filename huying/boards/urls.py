"""Addresses of boards."""

from django.urls import path

from huying.boards.views import behind, figures, public, tables

app_name = "boards"
urlpatterns = [
    path("p/call/<int:pk>/", public.call, name="call"),
    path("p/<slug:tag>/", public.place, name="place"),
    path("p/<slug:tag>/feed.atom", public.feed, name="feed"),
    path("live/p/<slug:tag>/", public.live, name="live"),
    path("figures/", figures.mine, name="mine"),
    path("figures/<int:pk>/", figures.page, name="figures"),
    path("figures/<int:pk>/figures.csv", tables.as_csv, name="csv"),
    path("figures/<int:pk>/list/<slug:count>/", behind.page, name="list"),
]
