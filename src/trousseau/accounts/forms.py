"""Forms about one's own account."""

import re
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from trousseau import clock, pictures
from trousseau.accounts.models import Account
from trousseau.accounts.passwords import MAX_LENGTH
from trousseau.organisations.policies import DETAILS, Right
from trousseau.ui.forms import EmailField, Form, PasswordField

EARLIEST_BIRTH = date(1900, 1, 1)
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ().\-]{3,28}")
# One right may govern several fields.
FIELDS_OF = {
    "email": ("email", "current_password"),
    "photo": ("photo", "remove_photo"),
    "address": ("address", "postal_code", "city"),
}
PHOTO_REFUSALS = {
    "too_large": _("This photo is too large. Choose one of less than 8 MB."),
    "not_an_image": _("This file is not a photo. Choose a JPEG, PNG or WebP picture."),
    "too_many_pixels": _("This photo has too many pixels. Choose a smaller one."),
    "damaged": _("This photo is damaged. Choose another one."),
    "busy": _("Many photos are arriving right now. Try again in a minute."),
}


def _text(autocomplete: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": autocomplete})


def _telephone(autocomplete: str) -> forms.TextInput:
    return forms.TextInput(attrs={"type": "tel", "autocomplete": autocomplete})


def _telephone_number(text: str) -> str:
    number = text.strip()
    if number and not _TELEPHONE.fullmatch(number):
        raise forms.ValidationError(_("Write the number with digits, for example 06 12 34 56 78."))
    return number


class NewPasswordForm(Form):
    """A new password, twice."""

    new_password = PasswordField(
        label=_("Enter the new password"),
        autocomplete="new-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter a new password.")},
    )
    new_password_again = PasswordField(
        label=_("Enter the new password again"),
        autocomplete="new-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter the new password a second time.")},
    )

    def clean(self) -> dict[str, Any]:
        """Make sure that both are the same."""
        data = self.cleaned_data
        first, again = data.get("new_password"), data.get("new_password_again")
        if first and again and first != again:
            self.add_error(
                "new_password_again", _("The two passwords differ. Enter the same one twice.")
            )
        return data


class ChangePasswordForm(NewPasswordForm):
    """The current password, then a new one, twice."""

    current_password = PasswordField(
        label=_("Current password"),
        autocomplete="current-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter your current password.")},
    )
    field_order = ("current_password", "new_password", "new_password_again")


class ProofForm(Form):
    """Asks for the current password, except of those who prove who they are on another page."""

    proof = "password"

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        """Say whose form it is."""
        super().__init__(*args, **kwargs)
        self.account = account
        if account.confirms_apart:
            del self.fields[self.proof]

    def refuse(self, message: str) -> None:
        """Say what is wrong with the proof."""
        self.add_error(self.proof if self.proof in self.fields else None, message)


class DetailsForm(ProofForm):
    """One's own details; only those that the organisation lets the role change are fields."""

    proof = "current_password"
    email = EmailField(label=_("E-mail address"), required=False)
    current_password = PasswordField(
        label=_("Current password"),
        autocomplete="current-password",
        required=False,
        max_length=4 * MAX_LENGTH,
        help_text=_("Only needed to change your e-mail address."),
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("JPEG, PNG or WebP, 8 MB at most. It is cropped to a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_photo = forms.BooleanField(label=_("Remove my photo"), required=False)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30, widget=_telephone("tel")
    )
    mobile = forms.CharField(
        label=_("Mobile"), required=False, max_length=30, widget=_telephone("mobile tel")
    )
    address = forms.CharField(
        label=_("Address"), required=False, max_length=300, widget=_text("street-address")
    )
    postal_code = forms.CharField(
        label=_("Postal code"), required=False, max_length=12, widget=_text("postal-code")
    )
    city = forms.CharField(
        label=_("Town"), required=False, max_length=100, widget=_text("address-level2")
    )
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        error_messages={"invalid": _("Write the date like this: 2014-05-31.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the organisation"))]
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        """Show what the account's role may change."""
        super().__init__(account, *args, **kwargs)
        self.fields["language"].choices += settings.LANGUAGES  # type: ignore[attr-defined]
        for detail in DETAILS:
            if account.may(detail) is not Right.CHANGED:
                for name in FIELDS_OF.get(detail, (detail,)):
                    self.fields.pop(name, None)

    def clean_phone(self) -> str:
        """Check the telephone number."""
        return _telephone_number(self.cleaned_data["phone"])

    def clean_mobile(self) -> str:
        """Check the mobile number."""
        return _telephone_number(self.cleaned_data["mobile"])

    def clean_birth_date(self) -> date | None:
        """Refuse a date of birth to come, or of another century than anybody's."""
        born: date | None = self.cleaned_data["birth_date"]
        today = clock.now().date()
        if born and not EARLIEST_BIRTH <= born <= today:
            raise forms.ValidationError(_("Check the date of birth."))
        return born

    def clean_photo(self) -> bytes | None:
        """Re-encode the photo, or say what is wrong with it."""
        upload = self.cleaned_data["photo"]
        if not upload:
            return None
        try:
            return pictures.square(upload)
        except pictures.PictureRefusedError as error:
            raise forms.ValidationError(PHOTO_REFUSALS[error.reason]) from error


class AddAddressForm(ProofForm):
    """One more e-mail address."""

    another_email = EmailField(label=_("Another e-mail address"))
    password = PasswordField(
        label=_("Current password"),
        autocomplete="current-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter your current password.")},
    )


class ConfirmAddressForm(ProofForm):
    """The password, where the person is not signed in as the owner already."""

    password = PasswordField(
        label=_("Password"),
        autocomplete="current-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter your password.")},
    )


class ObjectForm(Form):
    """The username, typed by a human: software that follows links types nothing."""

    username = forms.CharField(
        label=_("Username"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
        error_messages={"required": _("Enter your username.")},
    )
