"""Addresses of sites and their numbers."""

from django.urls import path

from huying.callouts.views import site_queues, site_slips, sites

urlpatterns = [
    # Plans
    path("callouts/sites/", sites.index, name="site-plans"),
    path("callouts/sites/new/", sites.new, name="site-new"),
    path("callouts/sites/compare/", sites.compare, name="site-compare"),
    path("callouts/sites/<int:pk>/", sites.detail, name="site-plan"),
    path("callouts/sites/<int:pk>/drop/", sites.drop, name="site-drop"),
    # Queues, for staff
    path("callouts/queues/", site_queues.index, name="site-queues"),
    path("callouts/queues/new/", site_queues.new, name="site-queue-new"),
    path("callouts/queues/<int:pk>/", site_queues.detail, name="site-queue"),
    path("callouts/queues/<int:pk>/poster/", site_queues.poster, name="site-queue-poster"),
    path("callouts/queues/<int:pk>/do/<slug:step>/", site_queues.do, name="site-queue-do"),
    # On the day: who waits, who helps, the screen on the wall
    path("number/<str:secret>/", site_slips.take, name="site-take"),
    path("number/<str:secret>/wall/", site_slips.wall, name="site-wall"),
    path("slip/<str:secret>/", site_slips.slip, name="site-slip"),
    path("slip/<str:secret>/leave/", site_slips.leave, name="site-slip-leave"),
    path("desk/<str:secret>/", site_slips.desk, name="site-desk"),
    path("desk/<str:secret>/slip/<int:number>/", site_slips.paper, name="site-paper"),
    path("lane/<str:secret>/", site_slips.lane, name="site-lane"),
    path("lane/<str:secret>/do/<slug:step>/", site_slips.lane_do, name="site-lane-do"),
    path("live/number/<str:secret>/", site_slips.live, name="site-live"),
    path("live/slip/<str:secret>/", site_slips.live_slip, name="site-slip-live"),
]
