"""Addresses of the demonstration's mailbox."""

from django.urls import path

from trousseau.demo import views

app_name = "demo"
urlpatterns = [
    path("mail/", views.mailbox, name="mailbox"),
    path("mail.json", views.mailbox_as_data, name="mailbox-as-data"),
    path("mail/<str:key>/", views.mail, name="mail"),
    path("mail/<str:key>/html/", views.mail_html, name="mail-html"),
]
