"""Addresses under `/{slug}/settings/`."""

from django.urls import path

from trousseau.accounts import views
from trousseau.accounts.views import addresses

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="settings"),
    path("details/", views.details, name="details"),
    path("password/", views.password, name="password"),
    path("password/judge/", views.judge, name="judge"),
    path("sessions/", views.sessions, name="sessions"),
    path("activity/", views.activity, name="activity"),
    path("activity/not-me/", views.not_me, name="not-me"),
    path("photo/", views.photo, name="photo"),
    path("addresses/add/", addresses.add, name="add-address"),
    path("addresses/remove/", addresses.remove, name="remove-address"),
    path("addresses/confirm/", addresses.confirm, name="confirm"),
    path("addresses/confirm/<str:secret>/", addresses.confirm_link, name="confirm-address"),
    path("addresses/object/", addresses.object_, name="objection"),
    path("addresses/object/<str:secret>/", addresses.object_link, name="object"),
]
