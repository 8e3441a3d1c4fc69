"""Addresses of recovery in an organisation; `platform` has the general door."""

from django.urls import path

from trousseau.recovery import views

app_name = "recovery"
urlpatterns = [
    path("recover/", views.ask, name="ask"),
    path("recover/sent/", views.sent, name="sent"),
    path("pwd/", views.choose, name="choose"),
    path("pwd/changed/", views.changed, name="changed"),
    path("pwd/judge/", views.judge, name="judge"),
    path("pwd/<str:secret>/", views.link, name="link"),
]
