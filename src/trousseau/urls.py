"""Every address of the product."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, register_converter

from trousseau import health
from trousseau.accounts.views import change_password, home
from trousseau.helpdesk import lost_factors, waits
from trousseau.helpdesk.views import help_page
from trousseau.organisations import views as organisations
from trousseau.organisations.converters import OrganisationConverter
from trousseau.recovery import views as recovery
from trousseau.ui import views as ui

register_converter(OrganisationConverter, "organisation")

handler400 = "trousseau.ui.errors.bad_request"
handler403 = "trousseau.ui.errors.forbidden"
handler404 = "trousseau.ui.errors.not_found"
handler500 = "trousseau.ui.errors.server_error"

of_organisation: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("", include("trousseau.signin.urls")),
    path("", include("trousseau.recovery.urls")),
    path("settings/", include("trousseau.accounts.urls")),
    path("help/", help_page, name="help"),
    path("helpdesk/waits/", waits.waits, name="waits"),
    path("helpdesk/lost-factors/", lost_factors.start, name="lost-factors"),
    path("helpdesk/lost-factors/end/", lost_factors.end, name="end-lost-factors"),
    path("cas/", include("trousseau.cas_server.urls")),
    path("applications/", include("trousseau.cas_server.application_urls")),
    path("logo/", organisations.logo, name="logo"),
    path("look-<str:digest>.css", organisations.stylesheet, name="stylesheet"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", organisations.pick, name="pick"),
    path("memberships.json", organisations.memberships, name="memberships"),
    path("recover/", recovery.ask_anywhere, name="recover-anywhere"),
    path("recover/sent/", recovery.sent, name="recover-anywhere-sent"),
    path("language/", ui.choose_language, name="language"),
    path(".well-known/change-password", change_password, name="change-password"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("trousseau.demo.urls")))
urlpatterns.append(path("<organisation:organisation>/", include(of_organisation)))
