"""Addresses under `/{slug}/applications/`."""

from django.urls import path

from trousseau.cas_server.views import applications

app_name = "applications"
urlpatterns = [
    path("", applications.list_, name="list"),
    path("add/<slug:key>/", applications.add, name="add"),
    path("<str:public_id>/", applications.change, name="change"),
    path("<str:public_id>/test/", applications.test, name="test"),
    path("<str:public_id>/remove/", applications.remove, name="remove"),
    path("<str:public_id>/logo/", applications.logo, name="logo"),
]
