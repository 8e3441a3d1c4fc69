"""Addresses of the protocol, under `/{slug}/cas/`, as the specification names them."""

from django.urls import path

from trousseau.cas_server.views import login, logout, validation

app_name = "cas_server"
urlpatterns = [
    path("login", login.login, name="login"),
    path("logout", logout.logout, name="logout"),
    path("validate", validation.validate, name="validate"),
    path("serviceValidate", validation.service_validate, name="service-validate"),
    path("proxyValidate", validation.proxy_validate, name="proxy-validate"),
    path("p3/serviceValidate", validation.p3_service_validate, name="p3-service-validate"),
    path("p3/proxyValidate", validation.p3_proxy_validate, name="p3-proxy-validate"),
    path("proxy", validation.proxy, name="proxy"),
    path("samlValidate", validation.saml_validate, name="saml-validate"),
]
