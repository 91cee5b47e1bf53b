"""The pages of people, and those of allauth's that are of use without an email."""

from allauth.account import views as account
from django.urls import include, path

from huying.people import views

app_name = "people"
urlpatterns = [
    path("accounts/me/", views.me, name="me"),
    path("accounts/me/leave-everywhere/", views.leave_everywhere, name="leave_everywhere"),
    path("people/second-factor/", views.second_factor, name="second_factor"),
    path("people/welcome/<int:pk>/<str:token>/", views.welcome_page, name="welcome"),
    path("people/", views.mine, name="mine"),
    path("people/place/<int:pk>/", views.place, name="place"),
    path("people/place/<int:pk>/appoint/", views.appoint_page, name="appoint"),
    path("people/post/<int:pk>/end/", views.end_post_page, name="end_post"),
    path("people/person/<int:pk>/", views.person, name="person"),
    path("people/person/<int:pk>/reset/", views.reset, name="reset"),
    path("people/person/<int:pk>/leave/", views.leave_page, name="leave"),
]

# Without the namespace, since allauth asks for these names.
accounts = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
