"""Addresses under `/{slug}/settings/`."""

from django.urls import path

from trousseau.accounts import views
from trousseau.accounts.views import adding, addresses, confirm_identity, everybody, second_step

app_name = "accounts"
urlpatterns = [
    path("", views.overview, name="settings"),
    path("details/", views.details, name="details"),
    path("password/", views.password, name="password"),
    path("password/judge/", views.judge, name="judge"),
    path("sessions/", views.sessions, name="sessions"),
    path("activity/", views.activity, name="activity"),
    path("activity/not-me/", views.not_me, name="not-me"),
    path("second-step/", second_step.second_step, name="second-step"),
    path("second-step/set-up/", adding.set_up, name="set-up-factor"),
    path("second-step/app/", adding.code_app, name="code-app"),
    path("second-step/app/start/", adding.start_app, name="start-code-app"),
    path("second-step/app/code.svg", adding.code_app_picture, name="code-app-picture"),
    path("second-step/passkey/", adding.add_passkey, name="add-passkey"),
    path("second-step/passkey/options/", adding.passkey_options, name="passkey-options"),
    path("second-step/remove/", second_step.remove_factor, name="remove-factor"),
    path("second-step/codes/", second_step.codes, name="saved-codes"),
    path("confirm/", confirm_identity.confirm_identity, name="confirm-identity"),
    path("confirm/options/", confirm_identity.confirm_options, name="confirm-options"),
    path("everybody/", everybody.everybody, name="everybody"),
    path("photo/", views.photo, name="photo"),
    path("addresses/add/", addresses.add, name="add-address"),
    path("addresses/remove/", addresses.remove, name="remove-address"),
    path("addresses/confirm/", addresses.confirm, name="confirm"),
    path("addresses/confirm/<str:secret>/", addresses.confirm_link, name="confirm-address"),
    path("addresses/object/", addresses.object_, name="objection"),
    path("addresses/object/<str:secret>/", addresses.object_link, name="object"),
]
