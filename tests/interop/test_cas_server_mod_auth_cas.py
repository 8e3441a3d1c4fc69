"""Debian's Apache guards a folder with mod_auth_cas, which asks our CAS server.

`tests/interop/cas_clients/install_mod_auth_cas` installs both; without them, this is
left out.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from pwd import getpwnam

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD, make_account
from tests.interop.programs import free_port, wait_until_listening
from tests.interop.walking import Page, Walker
from trousseau.cas_server.models import LogoutNotice, Service
from trousseau.cas_server.services import single_logout
from trousseau.cas_server.services.applications import own_registry
from trousseau.organisations.models import Organisation

APACHE = Path("/usr/sbin/apache2")
MODULES = Path("/usr/lib/apache2/modules")
NEEDED = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_cas", "dir")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not APACHE.exists() or not (MODULES / "mod_auth_cas.so").exists(),
        reason="no Apache with mod_auth_cas: see tests/interop/cas_clients/",
    ),
]


def write_configuration(folder: Path, port: int, cas: str) -> Path:
    """Write what guards `/` for people whose `mail` is the right one."""
    for name in ("www", "cache"):
        (folder / name).mkdir()
    (folder / "www" / "index.html").write_text("<h1>Inside</h1>", "utf-8")
    user = ""
    if os.geteuid() == 0:
        # Apache leaves root behind at once, and must still reach its folder.
        folder.chmod(0o755)
        nobody = getpwnam("nobody")
        os.chown(folder / "cache", nobody.pw_uid, nobody.pw_gid)
        user = "User nobody\nGroup nogroup"
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED)
    configuration = folder / "apache.conf"
    configuration.write_text(
        f"""
ServerRoot {folder}
ServerName 127.0.0.1
PidFile {folder}/pid
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
{loaded}
{user}
DocumentRoot {folder}/www
DirectoryIndex index.html
CASCookiePath {folder}/cache/
CASRootProxiedAs http://127.0.0.1:{port}
CASLoginURL {cas}/login
CASValidateURL {cas}/serviceValidate
CASVersion 2
CASSSOEnabled On
<Location />
  AuthType CAS
  Require cas-attribute mail:ange@school.example
</Location>
""",
        "utf-8",
    )
    return configuration


@pytest.fixture
def site(live_server: LiveServer, settings: Settings, leia: Organisation) -> Iterator[str]:
    settings.DEMO = True
    settings.PLATFORM_HOSTS = {"localhost"}
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    Service.objects.create(
        registry=own_registry(leia),
        name="Apache",
        address=url,
        attributes={"mail": "email"},
        attributes_in_cas2=True,
    )
    # Not pytest's own folder, which only root may enter.
    folder = Path(tempfile.mkdtemp(prefix="trousseau-apache-"))
    configuration = write_configuration(folder, port, f"{live_server.url}/leia/cas")
    server = subprocess.Popen([APACHE, "-D", "FOREGROUND", "-f", configuration])
    wait_until_listening(port, server)
    yield url
    server.terminate()
    server.wait(timeout=20)
    shutil.rmtree(folder)


def enter(person: Walker, site: str, username: str = "ange") -> Page:
    form = person.open(site)
    return person.send(form, "main form", username=username, password=PASSWORD)


def test_person_with_the_right_attribute_comes_in(site: str, leia: Organisation) -> None:
    make_account(leia, "ange", email="ange@school.example")
    page = enter(Walker(), site)
    assert (page.url, page.heading) == (site, "Inside")


def test_person_without_it_stays_outside(site: str, leia: Organisation) -> None:
    make_account(leia, "lou", email="lou@school.example")
    assert enter(Walker(), site, "lou").status == 401


def test_signing_out_here_closes_the_door_there(site: str, leia: Organisation) -> None:
    """SES-13: Apache forgets the session when our notice names its ticket."""
    make_account(leia, "ange", email="ange@school.example")
    person = Walker()
    assert enter(person, site).heading == "Inside"
    sign_in = Walker().open(site).url.partition("?")[0]
    person.open(sign_in.replace("/sign-in/", "/sign-out/"), {})
    single_logout.deliver()
    assert LogoutNotice.objects.get().state == LogoutNotice.State.TOLD
    assert person.open(site).url.startswith(sign_in)
