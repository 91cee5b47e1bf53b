"""Every address of the system: one include for each package, in the order of the floors."""

from django.urls import include, path

from huying.kernel import gate
from huying.people import urls as people
from huying.site import observe, views
from huying.site.api import api

# allauth's views bring their own rule: log in and out, one's own password and second factors.
gate.TRUSTED_MODULES |= {"allauth"}

urlpatterns = [
    # They are tried in this order: what a whole city opens at the same moment comes first.
    path("", views.home, name="home"),
    path("", include("huying.calls.urls")),
    path("start/", views.start, name="start"),
    path("look/", views.switch, name="look"),
    path("look/style-<slug:digest>.css", views.stylesheet, name="look-style"),
    path("look/gallery/", views.gallery, name="look-gallery"),
    path("look/gallery/<slug:shell>/", views.gallery, name="look-gallery"),
    path("healthz", observe.healthz),
    path("metrics", observe.metrics),
    path("", include("huying.kernel.urls")),
    path("", include("huying.places.urls")),
    path("", include(people.accounts)),
    path("", include(people)),
    path("api/v1/", api.urls),
    path("", include("huying.directory.urls")),
    path("", include("huying.modes.urls")),
    path("", include("huying.wishes.urls")),
    path("", include("huying.reportin.urls")),
    path("", include("huying.callouts.urls")),
    path("", include("huying.appraisals.urls")),
    path("", include("huying.boards.urls")),
    path("", include("huying.notify.urls")),
]
