"""The addresses of signing in. Of allauth's, only those that Midwatch needs: nobody signs up or changes addresses."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa import urls as mfa
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.github import views as github
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.usersessions import urls as usersessions
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from apps.teams.signin import views
from apps.teams.signin.saml import views as saml

to_sign_in = RedirectView.as_view(pattern_name="account_login")
with_password = views.only_with_passwords
reachable = views.while_reachable

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/signup/", to_sign_in, name="account_signup"),
    path("account/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("account/password/change/", with_password(account.password_change), name="account_change_password"),
    path("account/password/set/", views.no_password, name="account_set_password"),
    path("account/password/reset/", with_password(account.password_reset), name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        with_password(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("account/second-step/", include(mfa)),
    path("account/sessions/", include(usersessions)),
    path("account/company/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("account/company/error/", social.login_error, name="socialaccount_login_error"),
    path("account/company/signup/", to_sign_in, name="socialaccount_signup"),
    path("account/company/connections/", to_sign_in, name="socialaccount_connections"),
    path("account/google/login/", reachable(google.oauth2_login), name="google_login"),
    path("account/google/login/callback/", reachable(google.oauth2_callback), name="google_callback"),
    path("account/github/login/", reachable(github.oauth2_login), name="github_login"),
    path("account/github/login/callback/", reachable(github.oauth2_callback), name="github_callback"),
    path("account/oidc/<slug:provider_id>/login/", reachable(oidc.login), name="openid_connect_login"),
    path("account/oidc/<slug:provider_id>/login/callback/", reachable(oidc.callback), name="openid_connect_callback"),
    path("account/saml/<slug:key>/login/", saml.begin, name="saml_login"),
    path("account/saml/<slug:key>/acs/", saml.acs, name="saml_acs"),
    path("account/saml/<slug:key>/acs/finish/", saml.finish, name="saml_finish_acs"),
    path("account/saml/<slug:key>/sls/", saml.sls, name="saml_sls"),
    path("account/saml/<slug:key>/metadata/", saml.own_metadata, name="saml_metadata"),
    path("account/glass/<str:token>/", views.glass, name="break_glass"),
    path("invitation/<str:key>/", views.invitation, name="invitation"),
]
