"""Runs Apereo CAS on this machine, for the tests of our CAS client.

Maven fetches the web application once into var/interop (118 MB); it needs Java 11 or newer.
6.6.12 is the newest that Maven has for Java 17: 7 needs 21.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop.environments import KEPT
from tests.interop.programs import free_port, wait_until_listening

VERSION = "6.6.12"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
ARTEFACT = f"org.apereo.cas:cas-server-webapp-tomcat:{VERSION}:war"
MAIN = "org.apereo.cas.web.CasWebApplication"
START_SECONDS = 180
# Every application on this machine, told everything and told of sign-outs by the server itself.
SERVICE = {
    "@class": "org.apereo.cas.services.RegexRegisteredService",
    "serviceId": "^http://localhost:[0-9]+/.*",
    "name": "tests",
    "id": 1,
    "logoutType": "BACK_CHANNEL",
    "attributeReleasePolicy": {"@class": "org.apereo.cas.services.ReturnAllAttributeReleasePolicy"},
}
STUB = "cas.authn.attribute-repository.stub.attributes"
SETTINGS = f"""\
server.address=127.0.0.1
server.port=%(port)d
server.ssl.enabled=false
cas.server.name=http://localhost:%(port)d
cas.server.prefix=http://localhost:%(port)d/cas
cas.tgc.secure=false
cas.http-client.allow-local-urls=true
cas.logout.follow-service-redirects=true
cas.authn.accept.users=ange::falaise-canard
{STUB}.uid=a-17
{STUB}.givenName=Ange-Marie
{STUB}.ENTPersonJointure=2A-417,2A-418
cas.service-registry.core.init-from-json=true
cas.service-registry.json.location=file:%(folder)s/services
logging.level.root=warn
"""


def application() -> Path:
    """Return the unpacked web application, fetched the first time."""
    place = KEPT / f"apereo-{VERSION}"
    complete = place / "complete"
    if not complete.exists():
        words = ["mvn", "-q", "-B", f"{PLUGIN}:unpack", f"-Dartifact={ARTEFACT}"]
        # Maven leaves notes of its own where it is started.
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([*words, f"-DoutputDirectory={place}"], check=True, cwd=place)
        complete.touch()
    return place


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Serve it while the block runs; yields its address."""
    inside = application() / "WEB-INF"
    port = free_port()
    (folder / "services").mkdir()
    (folder / "services" / "tests-1.json").write_text(json.dumps(SERVICE), "utf-8")
    settings = SETTINGS % {"port": port, "folder": folder}
    (folder / "cas.properties").write_text(settings, "utf-8")
    words = ["java", "-cp", f"{inside / 'classes'}:{inside / 'lib'}/*"]
    words += [f"-Dcas.standalone.configuration-directory={folder}", MAIN]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, cwd=folder)
    try:
        wait_until_listening(port, server, START_SECONDS)
        yield f"http://localhost:{port}/cas"
    finally:
        server.terminate()
        server.wait(timeout=30)
