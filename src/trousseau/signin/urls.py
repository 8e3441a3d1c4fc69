"""Addresses of signing in and out."""

from django.urls import path

from trousseau.signin import second_step, views
from trousseau.signin.cas import views as cas

app_name = "signin"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/cas/", cas.cas, name="cas"),
    path("sign-in/cas/choose/", cas.choose, name="cas-choose"),
    path("sign-in/cas/confirm/", cas.confirm, name="cas-confirm"),
    path("sign-in/cas/left/", cas.left, name="cas-left"),
    path("sign-in/second-step/", second_step.second_step, name="second-step"),
    path(
        "sign-in/second-step/options/",
        second_step.second_step_options,
        name="second-step-options",
    ),
    path("sign-in/passkey/", second_step.passkey, name="passkey"),
    path("sign-in/passkey/options/", second_step.passkey_options, name="passkey-options"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("signed-out/", views.signed_out, name="signed-out"),
]
