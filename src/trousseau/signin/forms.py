"""The sign-in form."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau.accounts.passwords import MAX_LENGTH
from trousseau.ui import waiting
from trousseau.ui.forms import Form, PasswordField


class SignInForm(Form):
    """A username (or e-mail) and a password."""

    held = False

    username = forms.CharField(
        label=_("Username"),
        max_length=254,
        error_messages={"required": _("Enter your username.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = PasswordField(
        label=_("Password"),
        autocomplete="current-password",
        # Far beyond what a password may have: a longer one is simply wrong.
        max_length=4 * MAX_LENGTH,
        error_messages={"required": _("Enter your password.")},
    )

    def refuse(self) -> None:
        """Say no, whatever the reason was, and put the cursor where the mistake most often is."""
        self._say(_("Incorrect username or password"))

    def hold(self, until: datetime | None) -> None:
        """Say when to try again: the same for a username that nobody has (SIG-01)."""
        self._say(waiting.sentence(until))
        self.held = True

    def _say(self, sentence: Any) -> None:
        self.add_error(None, sentence)
        del self.fields["username"].widget.attrs["autofocus"]
        self.fields["password"].widget.attrs["autofocus"] = True
