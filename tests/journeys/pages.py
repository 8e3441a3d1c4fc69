"""Every page of the product, in every state worth looking at, by walking to it as people do.

A walk yields the name of each stop while its page is open. The walks speak no language: they go by
the names of fields, so that the checks and the screenshots walk them in each.
"""

import time
from base64 import b32decode
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

from django_otp.oath import hotp
from playwright.sync_api import Page, expect

from tests.journeys.demo import Demo
from tests.journeys.families import Family
from tests.picture_samples import encoded, quarters

NEW_PASSWORD = "citerne-oiseau-velcro-93"
Walk = Callable[[Page, Demo, Family], Iterator[str]]


def submit(page: Page, form: str = "main form") -> None:
    """Send a form as it is: what the browser itself would refuse is what the server must."""
    page.eval_on_selector(form, "form => form.noValidate = true")
    with page.expect_navigation():
        page.locator(form).first.locator("button.button").last.click()


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/leia/sign-in/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", password)
    submit(page)


def ask(page: Page, address: str) -> None:
    page.goto("/leia/recover/")
    page.fill("[name=email]", address)
    submit(page)


def finding(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    page.goto("/")
    yield "find"
    page.fill("[name=q]", "l")
    expect(page.locator("#results [role=option]")).to_have_count(20)
    yield "find-typing"
    page.goto("/?q=drancy")
    yield "find-results"
    page.goto("/?q=introuvable")
    yield "find-nothing"
    page.goto("/recover/")
    yield "recover-anywhere"
    page.goto("/recover/?m=unknown")
    yield "recover-unknown"
    page.goto("/recover/?m=leia")
    yield "recover-chosen"
    page.fill("[name=email]", f"inconnue.{family.email}")
    submit(page, "form[method=post][action='/recover/']")
    yield "recover-anywhere-sent"
    page.goto("/nulle-part/")
    yield "not-found"


def signing_in(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    page.goto("/leia/sign-in/")
    yield "sign-in"
    page.click("header summary")
    yield "sign-in-languages"
    sign_in(page, family.guardian, "pas-le-bon")
    yield "sign-in-refused"
    for _ in range(6):
        sign_in(page, family.guardian, "pas-le-bon")
    yield "sign-in-held"
    page.click("main .links a")
    yield "recover"
    page.fill("[name=email]", "colonna.hebergeur")
    submit(page)
    yield "recover-error"
    page.fill("[name=email]", f"personne.{family.email}")
    submit(page)
    yield "sent"
    ask(page, f"personne.{family.email}")
    yield "sent-again"


def helping(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    page.goto("/leia/help/")
    yield "help"
    submit(page)
    yield "help-error"
    page.fill("[name=given_name]", "Paul")
    page.fill("[name=family_name]", "Santoni")
    page.check("[name=asker] >> nth=0")
    page.fill("[name=school_class]", "6e A")
    page.fill("[name=reach]", "06 12 34 56 78")
    page.fill("[name=text]", "Je n'ai pas d'adresse e-mail.")
    submit(page)
    yield "help-asked"
    page.goto("/demo/mail/")
    yield "mailbox"


def recovering(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    page.goto("/leia/pwd/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/")
    yield "link-unknown"
    ask(page, family.email)
    mail = demo.next_mail_to(family.email)
    open_mail(page, mail.to)
    yield "recovery-mail"
    page.goto(mail.links[0])
    yield "choose"
    page.fill("[name=new_password]", "colonna1")
    page.fill("[name=new_password_again]", "colonna")
    submit(page)
    yield "choose-error"
    page.fill("[name=new_password]", NEW_PASSWORD)
    expect(page.locator(".strength")).to_have_attribute("data-state", "done")
    page.fill("[name=new_password_again]", NEW_PASSWORD)
    page.click(".advice summary")
    yield "choose-typing"
    submit(page)
    yield "changed"
    page.goto(mail.links[0])
    yield "link-used"
    open_mail(page, demo.next_mail_to(family.email).to)
    yield "changed-mail"


def settling(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    sign_in(page, family.son, family.password)
    yield "home-without-address"
    sign_in(page, family.guardian, family.password)
    yield "home"
    page.click(".person summary")
    yield "home-menu"
    page.goto("/leia/settings/")
    yield "settings"
    page.goto("/leia/settings/details/")
    yield "details"
    page.fill("[name=phone]", "appelez-moi")
    page.fill("[name=email]", "colonna.hebergeur")
    page.set_input_files(
        "[name=photo]", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"non"}
    )
    submit(page)
    yield "details-error"
    page.goto("/leia/settings/details/")
    picture = encoded(quarters(), "JPEG")
    page.set_input_files(
        "[name=photo]", {"name": "moi.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    page.fill("[name=description]", "Maman d'Ugo et d'Ida.")
    submit(page)
    yield "details-photo"
    page.goto("/leia/settings/password/")
    yield "password"
    page.fill("[name=current_password]", "pas-le-bon")
    page.fill("[name=new_password]", NEW_PASSWORD)
    page.fill("[name=new_password_again]", NEW_PASSWORD)
    submit(page)
    yield "password-error"
    page.goto("/leia/settings/sessions/")
    yield "sessions"
    page.goto("/leia/settings/activity/")
    yield "activity"
    page.goto("/leia/settings/activity/not-me/")
    yield "not-me"


def moving(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    """Change the address, confirm it, and object to it from the former one."""
    sign_in(page, family.guardian, family.password)
    page.goto("/leia/settings/details/")
    new = f"nouvelle.{family.email}"
    page.fill("[name=email]", new)
    page.fill("[name=current_password]", family.password)
    submit(page)
    yield "details-waiting"
    page.goto("/leia/")
    yield "home-waiting"
    mail = demo.next_mail_to(new)
    open_mail(page, mail.to)
    yield "confirm-mail"
    page.goto(mail.links[0])
    yield "confirm"
    page.context.clear_cookies(name="session")
    page.goto(mail.links[0])
    yield "confirm-elsewhere"
    page.fill("[name=password]", family.password)
    submit(page)
    yield "confirmed"
    page.goto(mail.links[0])
    yield "confirm-used"
    sign_in(page, family.guardian, family.password)
    page.goto("/leia/settings/details/")
    page.click("#addresses li button")
    yield "remove-address"
    told = demo.next_mail_to(family.email)
    open_mail(page, told.to)
    yield "told-mail"
    page.goto(told.links[0])
    yield "object"
    page.fill("[name=username]", family.guardian)
    submit(page)
    yield "objected"


def opening_applications(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    """Reach an application by LEIA's CAS server, and be turned away where that is right."""
    library = "http://127.0.0.1:8099/mediatheque/"
    login = f"/leia/cas/login?{urlencode({'service': library})}"
    page.goto("/leia/cas/login?service=https://inconnue.example/")
    yield "cas-unknown-service"
    sign_in(page, family.guardian, family.password)
    page.goto("/leia/")
    yield "home-applications"
    page.goto("/leia/cas/login")
    yield "cas-signed-in"
    page.goto(f"{login}&warn=true")
    yield "cas-warn"
    sent_on = page.request.get(login, max_redirects=0).headers["location"]
    ticket = parse_qs(urlsplit(sent_on).query)["ticket"][0]
    page.request.get("/leia/cas/serviceValidate", params={"service": library, "ticket": ticket})
    page.goto("/leia/cas/logout")
    yield "cas-signed-out"


def entering_by_cas(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    """Come in by the CAS server of another organisation; the ways in which that fails."""
    page.goto("/leia/sign-in/cas/")
    page.goto("/leia/sign-in/cas/?ticket=ST-aaaaaaaaaaaaaaaaaaaaaaaa")
    yield "cas-ticket-refused"
    page.goto("/leia/sign-in/cas/")
    page.fill("[name=username]", family.email)
    page.fill("[name=password]", family.password)
    submit(page)
    page.wait_for_url("**/leia/sign-in/cas/choose/**")
    yield "cas-choose"
    submit(page)
    page.goto("/leia/sign-in/cas/")
    page.wait_for_url("**/leia/sign-in/cas/choose/**")
    yield "cas-choose-another"
    page.click(".person summary")
    with page.expect_navigation():
        page.locator("form[action$='sign-out/'] button").first.click()
    yield "cas-signed-out-here"
    page.click("main a[href*='logout']")
    page.wait_for_url("**/leia/**")
    yield "cas-left"


def administering(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    """Register an application from a profile, look at what it learns, change and remove it."""
    sign_in(page, "admin.leia", "phare-citron-escalier-5")
    page.goto("/leia/")
    yield "home-administrator"
    page.goto("/leia/applications/")
    yield "applications"
    page.goto("/leia/applications/add/moodle/")
    yield "application-add"
    page.fill("[name=address]", "http://moodle.example/")
    submit(page)
    yield "application-add-error"
    page.fill("[name=name]", f"Moodle {family.guardian}")
    page.fill("[name=address]", "https://moodle.example/")
    submit(page)
    yield "application-test"
    page.click("main .actions a[href$='/']:nth-of-type(2)")
    page.wait_for_load_state()
    yield "application-change"
    page.fill("[name=address]", "moodle")
    submit(page)
    yield "application-change-error"
    with page.expect_navigation():
        page.locator("form[action$='remove/'] button").click()
    yield "application-remove"
    submit(page)
    yield "application-removed"


def securing(page: Page, demo: Demo, family: Family) -> Iterator[str]:
    """Set a second factor up, use it, and lose it."""
    settings = "/leia/settings/second-step/"
    sign_in(page, family.guardian, family.password)
    page.goto(settings)
    yield "second-step-none"
    begin_app(page)
    yield "code-app"
    # Not a wrong code: for a second after one, no code is looked at.
    submit(page)
    yield "code-app-error"
    app = AppOnPaper(page)
    page.fill("[name=code]", app.code())
    submit(page)
    yield "saved-codes-offer"
    submit(page)
    codes = page.locator(".codes code").all_inner_texts()
    yield "saved-codes"
    page.goto(settings)
    yield "second-step-settings"
    open_mail(page, demo.next_mail_to(family.email).to)
    yield "factors-changed-mail"
    page.goto(settings)
    page.context.clear_cookies(name="session")
    sign_in(page, family.guardian, family.password)
    page.click("details summary >> nth=-1")
    yield "second-step"
    page.fill("[name=code]", "000000")
    submit(page)
    yield "second-step-error"
    page.fill("[name=code]", codes[0])
    submit(page)
    page.goto("/leia/settings/confirm/")
    yield "confirm-identity"
    page.fill("[name=password]", "pas-le-bon")
    page.fill("[name=code]", codes[1])
    submit(page)
    yield "confirm-identity-error"
    page.goto(settings)
    page.locator("form[action$='remove/'] button").click()
    page.wait_for_load_state()
    yield "remove-factor"
    yield from losing(page, family)


def losing(page: Page, family: Family) -> Iterator[str]:
    """Have a lost factor taken off by two helpers, who have one themselves."""
    for helper in (family.helper, family.second_helper):
        page.context.clear_cookies(name="session")
        sign_in(page, helper, family.password)
        begin_app(page)
        page.fill("[name=code]", AppOnPaper(page).code())
        submit(page)
        page.goto("/leia/helpdesk/lost-factors/")
        if helper == family.helper:
            yield "lost-factors"
            submit(page, "main form.slim")
            yield "lost-factors-error"
            page.fill("[name=username]", family.guardian)
            page.check("[name=proof] >> nth=0")
            submit(page, "main form.slim")
            yield "lost-factors-begun"
    yield "lost-factors-to-agree"
    with page.expect_navigation():
        page.locator("li", has_text=family.guardian).locator("[name=agree]").click()
    yield "lost-factors-done"
    page.goto("/leia/helpdesk/waits/")
    submit(page, "main form.slim")
    yield "waits-error"
    page.fill("[name=username]", family.guardian)
    submit(page, "main form.slim")
    yield "waits"
    page.goto("/leia/settings/everybody/")
    yield "everybody"


class AppOnPaper:
    """What an application does with the key that a page shows."""

    def __init__(self, page: Page) -> None:
        text = (page.locator("code.key").text_content() or "").replace(" ", "")
        self._key = b32decode(text + "=" * (-len(text) % 8))

    def code(self, later: int = 0) -> str:
        return f"{hotp(self._key, int(time.time()) // 30 + later):06}"


def begin_app(page: Page) -> AppOnPaper:
    page.goto("/leia/settings/second-step/")
    with page.expect_navigation():
        page.locator("form[action$='app/start/'] button").click()
    page.locator("main details summary").click()
    return AppOnPaper(page)


def open_mail(page: Page, address: str) -> None:
    """Open the newest mail to the address, as the mailbox of the demonstration shows it."""
    page.goto("/demo/mail/")
    page.locator(".rows a", has_text=address).first.click()
    page.wait_for_load_state()


WALKS: tuple[Walk, ...] = (
    finding,
    signing_in,
    helping,
    recovering,
    settling,
    moving,
    opening_applications,
    entering_by_cas,
    administering,
    securing,
)
