"""Addresses of signing in and out."""

from django.urls import path

from trousseau.signin import views
from trousseau.signin.cas import views as cas

app_name = "signin"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/cas/", cas.cas, name="cas"),
    path("sign-in/cas/choose/", cas.choose, name="cas-choose"),
    path("sign-in/cas/confirm/", cas.confirm, name="cas-confirm"),
    path("sign-in/cas/left/", cas.left, name="cas-left"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("signed-out/", views.signed_out, name="signed-out"),
]
