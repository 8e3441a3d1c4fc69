"""What a person has besides the password, and what a change of it entails."""

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.conftest import StoppedClock
from tests.factories import ORIGIN, is_signed_in, make_account, signed_in
from tests.second_factors import code_of, give_app, give_codes
from trousseau import sealing
from trousseau.accounts.models import Account, CodeApp, FactorReset
from trousseau.accounts.services import code_apps, factors, saved_codes, standing
from trousseau.accounts.session_store import SessionStore
from trousseau.audit.models import Event
from trousseau.audit.tags import Tag
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation


@pytest.fixture
def ada(leia: Organisation) -> Account:
    return make_account(leia, "ada", email="ada@example.com")


def begin(account: Account) -> tuple[SessionStore, CodeApp]:
    session = SessionStore()
    return session, code_apps.begin(session, account)


def finish(session: SessionStore, account: Account, code: str, most: int = 10) -> bool:
    return code_apps.finish(session, account, code, name="x", origin=ORIGIN, most=most)


def test_key_is_sealed_for_its_account(leia: Organisation, ada: Account) -> None:
    """STO-07: whoever reads the table shows no code, and moves no key to another account."""
    app = give_app(ada)
    key = app.bin_key
    assert len(key) == 20
    assert key.hex() not in str(list(CodeApp.objects.values()))
    app.user = make_account(leia, "bob")
    with pytest.raises(sealing.UnreadableError):
        _ = app.bin_key


def test_key_outlives_the_secret_key_it_was_sealed_under(
    ada: Account, travel: StoppedClock, settings: Settings
) -> None:
    app = give_app(ada)
    code, former = code_of(app, travel), app.key
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert code_apps.accept(ada, code)
    settings.SECRET_KEY_FALLBACKS = []
    app.refresh_from_db()
    assert app.key != former
    travel(minutes=1)
    assert code_apps.accept(ada, code_of(app, travel))


def test_key_that_cannot_be_read_opens_nothing(
    ada: Account, travel: StoppedClock, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    app = give_app(ada)
    code = code_of(app, travel)
    settings.SECRET_KEY = "another"
    assert not code_apps.accept(ada, code)
    assert "cannot be read any more" in caplog.text


def test_application_being_set_up_is_seen_by_its_own_session_alone(
    ada: Account, travel: StoppedClock
) -> None:
    """Whoever knows the password and waits beside the owner reads no key, and finishes nothing."""
    session, app = begin(ada)
    other = SessionStore()
    assert code_apps.begun(session, ada) == app
    assert code_apps.begun(other, ada) is None
    assert not finish(other, ada, code_of(app, travel))
    assert not code_apps.accept(ada, code_of(app, travel))
    assert finish(session, ada, code_of(app, travel))
    assert not code_apps.accept(ada, code_of(app, travel))


def test_application_of_who_is_on_the_way_in_is_never_the_second(
    ada: Account, travel: StoppedClock
) -> None:
    """Between the two steps nobody adds a factor beside the owner's."""
    session, app = begin(ada)
    give_app(ada)
    with pytest.raises(factors.TooManyFactorsError):
        finish(session, ada, code_of(app, travel), most=1)


def test_nobody_has_more_than_ten(ada: Account) -> None:
    for _ in range(factors.MOST):
        give_app(ada)
    with pytest.raises(factors.TooManyFactorsError):
        begin(ada)


def test_change_ends_other_sessions_and_is_told(ada: Account) -> None:
    """A7.4.3, REC-14, LOG-01."""
    browser = signed_in(ada)
    app = give_app(ada)
    assert not is_signed_in(browser, ada.organisation)
    assert [one.about for one in Message.objects.all()] == [f"{ada.public_id}:added"]
    assert factors.remove(ada, f"app-{app.pk}", ORIGIN, keep="")
    tags = list(Event.objects.filter(tag__contains="factor").values_list("tag", flat=True))
    assert sorted(tags) == ["authn_factor_added", "authn_factor_removed"]


def test_whether_a_factor_is_asked_for_goes_by_the_database(ada: Account) -> None:
    """A request that began before the last factor went does not leave the next one unasked for."""
    app = give_app(ada)
    before = Account.objects.get(pk=ada.pk)
    factors.remove(ada, f"app-{app.pk}", ORIGIN, keep="")
    assert before.protected_since
    give_app(before)
    assert Account.objects.get(pk=ada.pk).protected_since


def test_last_factor_takes_the_saved_codes_with_it(ada: Account) -> None:
    app = give_app(ada)
    codes = give_codes(ada)
    factors.remove(ada, f"app-{app.pk}", ORIGIN, keep="")
    ada.refresh_from_db()
    assert ada.protected_since is None
    assert saved_codes.left(ada) == 0
    give_app(ada)
    assert not saved_codes.accept(ada, codes[0])


def test_last_factor_stays_where_one_is_required(leia: Organisation) -> None:
    """SIG-07."""
    admin = make_account(leia, "admin", role=Account.Role.ADMINISTRATOR)
    app = give_app(admin)
    with pytest.raises(factors.LastFactorError):
        factors.remove(admin, f"app-{app.pk}", ORIGIN, keep="")
    give_app(admin)
    assert factors.remove(admin, f"app-{app.pk}", ORIGIN, keep="")


def test_factor_of_another_account_is_not_there(leia: Organisation, ada: Account) -> None:
    app = give_app(make_account(leia, "bob"))
    give_app(ada)
    for handle in (f"app-{app.pk}", "passkey-1", "app-", "", "app-x"):
        assert not factors.remove(ada, handle, ORIGIN, keep="")
    assert CodeApp.objects.filter(pk=app.pk).exists()


def test_suspension_ends_everything_and_comes_back_with_nothing(ada: Account) -> None:
    """SES-06."""
    browser = signed_in(ada)
    assert standing.suspend(ada, ORIGIN)
    assert not standing.suspend(ada, ORIGIN)
    assert standing.reactivate(ada, ORIGIN)
    assert not standing.reactivate(ada, ORIGIN)
    assert not is_signed_in(browser, ada.organisation)
    tags = Event.objects.filter(tag__in=[Tag.SUSPENDED, Tag.REACTIVATED])
    assert tags.count() == 2


def test_database_knows_no_reset_by_one_alone(leia: Organisation, ada: Account) -> None:
    admin = make_account(leia, "admin", role=Account.Role.ADMINISTRATOR)
    row = {"account": ada, "expires_at": ada.created_at, "proof": "face"}
    for wrong in (
        {"started_by": admin, "confirmed_by": admin},
        {"started_by": ada},
        {"started_by": admin, "confirmed_by": ada},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorReset.objects.create(**row, **wrong)
