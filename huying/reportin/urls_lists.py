"""Addresses of the three lists."""

from django.urls import path

from huying.reportin.views import board, mine, needs, projects, resources

urlpatterns = [
    path("reportin/board/", board.home, name="lists-home"),
    path("reportin/for-you/", mine.mine, name="lists-mine"),
    path("reportin/board/<slug:place>/", board.board, name="board"),
    path("reportin/board/<slug:place>/lists.xlsx", board.table, name="board-table"),
    path("reportin/needs/new/", needs.new, name="need-new"),
    path("reportin/needs/<int:pk>/", needs.page, name="need"),
    path("reportin/needs/<int:pk>/do/<slug:step>/", needs.do, name="need-do"),
    path("reportin/needs/<int:pk>/slip/", needs.slip, name="need-slip"),
    path("reportin/resources/new/", resources.new, name="resource-new"),
    path("reportin/resources/<int:pk>/", resources.page, name="resource"),
    path("reportin/resources/<int:pk>/do/<slug:step>/", resources.do, name="resource-do"),
    path("reportin/projects/<int:pk>/", projects.page, name="project"),
    path("reportin/projects/<int:pk>/do/<slug:step>/", projects.do, name="project-do"),
    path("n/<str:secret>/", mine.word, name="word"),
    path("live/reportin/board/<slug:place>/", board.live, name="live-board"),
]
