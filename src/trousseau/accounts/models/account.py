"""A person's account in one organisation, and whom and where it belongs to."""

import unicodedata
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from trousseau import clock, tokens
from trousseau.organisations import policies
from trousseau.organisations.models import Organisation, School, SchoolClass

SESSION_SALT = "trousseau.accounts.session"


def username_key(username: str) -> str:
    """Return the form under which usernames are compared: case and blanks around forgiven."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their public identifier."""


class Account(AbstractBaseUser):  # type: ignore[django-manager-missing]  # of the untyped library of passkeys
    """Somebody's account. It belongs to one organisation, where its username is unique."""

    class Role(models.TextChoices):
        """What the person is in the organisation."""

        PUPIL = "pupil", _("pupil")
        GUARDIAN = "guardian", _("parent or guardian")
        TEACHER = "teacher", _("teacher")
        STAFF = "staff", _("staff")
        ADMINISTRATOR = "administrator", _("administrator")

    class State(models.TextChoices):
        """Whether the account can be used."""

        INACTIVE = "inactive", _("not activated")
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")

    # The trail speaks of sign-ins; a column written at each of them would only slow them.
    last_login = None

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="accounts"
    )
    public_id = models.CharField(max_length=16, unique=True, default=tokens.public_id)
    username = models.CharField(_("username"), max_length=150)
    username_key = models.CharField(max_length=300)
    role = models.CharField(max_length=20, choices=Role.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    # False where the password lives elsewhere: such an account signs in through CAS only.
    local_sign_in = models.BooleanField(default=True)
    directory_id = models.CharField(max_length=100, blank=True)
    # Runs the installation: may open the operators' console, which asks for a second factor.
    is_operator = models.BooleanField(_("operator"), default=False)

    given_name = models.CharField(_("first name"), max_length=150)
    family_name = models.CharField(_("family name"), max_length=150)
    description = models.TextField(_("description"), max_length=1000, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    mobile = models.CharField(_("mobile"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("town"), max_length=100, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    photo = models.FileField(_("photo"), upload_to="photos/", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    # Since when a second factor is asked for at every sign-in; kept beside the password, so that
    # a sign-in without one costs no query more.
    protected_since = models.DateTimeField(null=True, blank=True)

    schools = models.ManyToManyField(School, through="SchoolPlace", related_name="accounts")
    classes = models.ManyToManyField(SchoolClass, through="ClassPlace", related_name="accounts")

    objects = AccountManager()

    # Read with the account at sign-in (`lookup.by_sign_in_name`); None: not read yet.
    helps: bool | None = None

    USERNAME_FIELD = "public_id"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]

    class Meta:
        verbose_name = _("account")
        constraints = [
            models.UniqueConstraint(
                "organisation", "username_key", name="username_once_an_organisation"
            ),
            models.UniqueConstraint(
                "organisation",
                "directory_id",
                condition=~models.Q(directory_id=""),
                name="directory_id_once_an_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} ({self.organisation_id})"

    @property
    def full_name(self) -> str:
        """First name and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def initials(self) -> str:
        """What stands where there is no photo."""
        return f"{self.given_name[:1]}{self.family_name[:1]}".upper() or "?"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether sessions of this account are honoured (Django asks)."""
        return self.state == self.State.ACTIVE

    @property
    def signs_in_here(self) -> bool:
        """Whether account and organisation let it sign in with a password of ours."""
        return self.local_sign_in and self.organisation.local_sign_in

    @property
    def has_local_password(self) -> bool:
        """Whether a password of ours opens this account."""
        return self.signs_in_here and self.has_usable_password()

    @property
    def signs_in_elsewhere(self) -> bool:
        """Whether only the organisation's CAS server can tell that it is this person."""
        return bool(self.organisation.cas_url) and not self.has_local_password

    @property
    def confirms_apart(self) -> bool:
        """Whether a password typed beside a change is no proof, or not all of it.

        Theirs is kept elsewhere, or they have a second factor (`accounts.confirming`).
        """
        return self.signs_in_elsewhere or bool(self.protected_since)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what binds a session to the present password: when it was chosen.

        Django takes the stored hash, which also changes when parameters rise: a sign-in on one
        device would end the sessions of all the others.
        """
        chosen_at = self.password_changed_at.timestamp() if self.password_changed_at else ""
        bound = f"{self.public_id}:{chosen_at}"
        return salted_hmac(SESSION_SALT, bound, secret=secret, algorithm="sha256").hexdigest()

    def is_helper(self) -> bool:
        """Tell whether the person may help others, and so needs a longer password.

        Asked of the database once for each account in memory. A pupil never helps.
        """
        if self.helps is None:
            self.helps = self.role != self.Role.PUPIL and (
                self.role == self.Role.ADMINISTRATOR
                or self.schoolplace_set.filter(referent=True).exists()
                or self.classplace_set.filter(in_charge=True).exists()
            )
        return bool(self.helps)

    def kind_of_session(self) -> str:
        """Return whose time limits apply: pupil, adult, helper or operator."""
        return "operator" if self.is_operator else self.kind_for_password()

    def kind_for_password(self) -> str:
        """Return which minimum length applies: pupil, adult or helper."""
        if self.role == self.Role.PUPIL:
            return "pupil"
        return "helper" if self.is_helper() else "adult"

    def may(self, detail: str) -> policies.Right:
        """Return what the person may do with one of their own details."""
        return policies.right(self.organisation.details_policy, self.role, detail)

    def clean(self) -> None:
        """Keep the compared form of the username true."""
        self.username = self.username.strip()
        self.username_key = username_key(self.username)

    def natural_key(self) -> tuple[Any, ...]:
        """Return what names the account outside this database."""
        return (self.public_id,)


class SchoolPlace(models.Model):
    """An account's place in a school; a referent helps everybody there."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    school = models.ForeignKey(School, on_delete=models.CASCADE)
    referent = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", "school", name="one_place_an_account_and_school")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} @ {self.school_id}"


class ClassPlace(models.Model):
    """An account's place in a class, as pupil or teacher; one in charge helps its pupils."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE)
    in_charge = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "account", "school_class", name="one_place_an_account_and_class"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} @ {self.school_class_id}"


class Guardianship(models.Model):
    """A guardian who answers for a child: their mailbox recovers the child's account."""

    guardian = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    child = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="guardianships")

    class Meta:
        constraints = [
            models.UniqueConstraint("guardian", "child", name="one_guardianship_a_pair"),
            models.CheckConstraint(
                condition=~models.Q(guardian=models.F("child")), name="nobody_guards_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} → {self.child_id}"
