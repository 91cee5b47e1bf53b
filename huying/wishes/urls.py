"""Addresses of wishes and of their tree."""

from django.urls import path

from huying.wishes.views import box, collect, desk, follow, tree, wall

urlpatterns = [
    # Wishers
    path("wish/<str:tag>/", collect.page, name="wish-make"),
    path("w/<str:secret>/", follow.page, name="wish-follow"),
    path("w/<str:secret>/do/<slug:step>/", follow.act, name="wish-follow-act"),
    # Everybody, and those who give
    path("wishes/at/<slug:tag>/", wall.at, name="wish-wall"),
    path("wishes/leaf/<int:pk>/", wall.leaf, name="wish-leaf"),
    path("wishes/open/", wall.open_list, name="wish-open"),
    path("wishes/mine/", wall.mine, name="wish-mine"),
    # Staff, and claimants of theirs
    path("wishes/", desk.index, name="wish-list"),
    path("wishes/new/", collect.visit, name="wish-new"),
    path("wishes/box/", box.upload, name="wish-box"),
    path("wishes/box/<int:pk>/", box.proposal, name="wish-box-list"),
    path("wishes/box/<int:pk>/go/", box.go, name="wish-box-go"),
    path("wishes/box/<int:pk>/rejected.csv", box.rejected, name="wish-box-rejected"),
    path("wishes/<int:pk>/", desk.detail, name="wish-detail"),
    path("wishes/<int:pk>/slip/", collect.slip, name="wish-slip"),
    path("wishes/<int:pk>/reveal/", desk.reveal, name="wish-reveal"),
    path("wishes/<int:pk>/look/", desk.look, name="wish-look"),
    path("wishes/<int:pk>/do/<slug:step>/", desk.do, name="wish-do"),
    # The tree
    path("tree/<slug:tag>/", tree.page, name="wish-tree"),
    path("tree/<slug:tag>/hall/", tree.hall, name="wish-tree-hall"),
    path("tree/<slug:tag>/now/", tree.now, name="wish-tree-now"),
    path("tree/<slug:tag>/words/", tree.words, name="wish-tree-words"),
    path("tree/<slug:tag>/sheet/", tree.sheet, name="wish-tree-sheet"),
    path("tree/<slug:tag>/tree.svg", tree.file, name="wish-tree-file"),
    path("live/tree/<slug:tag>/", tree.live, name="wish-tree-live"),
]
