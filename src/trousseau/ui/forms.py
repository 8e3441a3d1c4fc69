"""Forms that look and speak the same everywhere."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau import addresses

MAX_TYPED = 300


class Form(forms.Form):
    """A form without browser-side colons and asterisks; errors stand above their field."""

    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the house's way of showing fields."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class EmailField(forms.CharField):
    """An e-mail address as people type it, internationalised ones included."""

    widget = forms.EmailInput(
        attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
    )
    default_error_messages = {
        "required": _("Enter your e-mail address."),
        "invalid": _(
            "This does not look like an e-mail address. Check it, for example: name@example.com."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        """Limit the length to what an address can have."""
        kwargs.setdefault("max_length", addresses.MAX_LENGTH)
        super().__init__(**kwargs)

    def clean(self, value: str) -> str:
        """Return the address in the form to store."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return addresses.cleaned(text)
        except addresses.InvalidAddressError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class PasswordField(forms.CharField):
    """A password: never trimmed, never shown again, paste allowed (PWD-03, PWD-11)."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        """Say to password managers which password is meant (WEB-03)."""
        kwargs.setdefault("strip", False)
        kwargs.setdefault(
            "widget",
            forms.PasswordInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        )
        super().__init__(**kwargs)
