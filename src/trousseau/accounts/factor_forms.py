"""Forms about second factors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau.accounts.models import Account
from trousseau.accounts.passwords import MAX_LENGTH
from trousseau.ui.forms import Form, PasswordField

LONGEST_NAME = 60
# A saved code with its hyphens, and blanks to spare.
LONGEST_CODE = 60


def _code_input(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(
        attrs={
            "autocomplete": "one-time-code",
            "autocapitalize": "none",
            "spellcheck": "false",
            **attributes,
        }
    )


class CodeForm(Form):
    """A code of an application, or a saved one: one field, so that a paste works (WEB-04)."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=LONGEST_CODE,
        error_messages={"required": _("Enter a code.")},
        widget=_code_input(autofocus=True),
    )


class NameForm(Form):
    """What its owner calls a second factor."""

    name = forms.CharField(label=_("Its name"), required=False, max_length=LONGEST_NAME)


class CodeAppForm(NameForm):
    """The first code of an application, and its name."""

    code = forms.CharField(
        label=_("The code that the application shows now"),
        max_length=LONGEST_CODE,
        error_messages={"required": _("Enter the six digits.")},
        widget=_code_input(inputmode="numeric"),
    )
    field_order = ("code", "name")


class ConfirmIdentityForm(Form):
    """The password, where it is ours, and a code of those who have a second factor."""

    password = PasswordField(
        label=_("Your password"),
        autocomplete="current-password",
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter your password.")},
    )
    code = forms.CharField(
        label=_("Your code"),
        help_text=_("Of your application, or a saved one."),
        max_length=LONGEST_CODE,
        error_messages={"required": _("Enter a code.")},
        widget=_code_input(),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        """Ask for what the person has."""
        super().__init__(*args, **kwargs)
        if account.signs_in_elsewhere:
            del self.fields["password"]
        if not account.protected_since:
            del self.fields["code"]
