"""Addresses of signing in and out."""

from django.urls import path

from trousseau.signin import views

app_name = "signin"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/cas/", views.sign_in_through_cas, name="cas"),
    path("sign-out/", views.sign_out, name="sign-out"),
]
