"""The help request form, and those of the helpers' pages."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau.accounts.services.lost_factors import PROOFS
from trousseau.helpdesk.models import HelpRequest
from trousseau.organisations.models import Organisation
from trousseau.ui.forms import Form

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[HelpRequest]
else:
    # Generic for the type checker only.
    _ModelForm = forms.ModelForm


class HelpRequestForm(_ModelForm):
    """Who asks, where to reach them, what is the matter; which school, where there are some."""

    class Meta:
        model = HelpRequest
        fields = (
            "given_name",
            "family_name",
            "asker",
            "school",
            "school_class",
            "reach",
            "text",
        )
        widgets = {
            "given_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "family_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
            "asker": forms.RadioSelect,
            "text": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        """Offer the organisation's own schools."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.instance.organisation = organisation
        # A radio button that means nothing is nobody's answer.
        self.fields["asker"].choices = HelpRequest.Asker.choices  # type: ignore[attr-defined]
        schools = organisation.schools.order_by("name")
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]
        self.fields["school"].empty_label = _("Choose")  # type: ignore[attr-defined]
        if not schools:
            del self.fields["school"]


def _username() -> forms.CharField:
    return forms.CharField(
        label=_("Username of the person"),
        max_length=150,
        error_messages={"required": _("Enter the username.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )


class WaitForm(Form):
    """Who has to wait at sign-in."""

    username = _username()


class LostFactorsForm(Form):
    """Who has lost every second factor, and how the helper made sure that it is them."""

    username = _username()
    proof = forms.ChoiceField(
        label=_("How did you make sure that it is this person?"),
        choices=list(PROOFS.items()),
        error_messages={"required": _("Say how you made sure.")},
        widget=forms.RadioSelect,
    )
