"""The forms of recovery."""

from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau.organisations import lookup
from trousseau.organisations.models import Organisation
from trousseau.ui.forms import EmailField, Form

# Reserved: no organisation can have this slug.
UNKNOWN = "unknown"


class AddressForm(Form):
    """An organisation's own door: only the e-mail address is asked."""

    email = EmailField(label=_("Enter your e-mail address"))


class MembershipAndAddressForm(Form):
    """The platform's door: which membership, then the e-mail address.

    `membership` is a slug, put there by the picker, or UNKNOWN for people who do not know.
    """

    membership = forms.CharField(
        required=False, max_length=60, widget=forms.HiddenInput, strip=True
    )
    email = EmailField(label=_("Enter your e-mail address"))

    def clean_membership(self) -> Organisation | None:
        """Return the organisation meant, None for all of them."""
        slug = self.cleaned_data["membership"]
        if slug == UNKNOWN:
            return None
        organisation = lookup.by_slug(slug)
        if organisation is None:
            raise forms.ValidationError(
                _("First choose your membership in the list above, or say that you do not know.")
            )
        return organisation
