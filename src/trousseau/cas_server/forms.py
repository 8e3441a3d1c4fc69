"""Forms about applications."""

from typing import TYPE_CHECKING, Any

import idna
from django import forms
from django.utils.translation import gettext_lazy as _

from trousseau import pictures
from trousseau.accounts.models import Account
from trousseau.cas_server.models import Service
from trousseau.cas_server.profiles import Profile
from trousseau.cas_server.protocol.answers import is_attribute_name
from trousseau.organisations.models import Organisation, School, SchoolClass

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Service]
else:
    # Generic for the type checker only.
    _ModelForm = forms.ModelForm

LOGO_REFUSED = _("This file does not do as a logo. Choose a JPEG, PNG or WebP picture.")


def _web_address() -> forms.TextInput:
    # Not type=url: browsers would refuse the loopback addresses of the demonstration.
    return forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false"})


class _ServiceForm(_ModelForm):
    """What adding and changing an application have in common."""

    roles = forms.MultipleChoiceField(
        label=_("For whom?"),
        help_text=_("Tick nothing: everybody."),
        choices=Account.Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    schools = forms.ModelMultipleChoiceField(
        label=_("In which schools?"),
        queryset=School.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Service
        fields: tuple[str, ...] = ("name", "address")
        widgets = {
            "address": _web_address(),
            "start": _web_address(),
            "callback": _web_address(),
            "logout_address": _web_address(),
        }

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        """Offer the organisation's own schools."""
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        schools = organisation.schools.order_by("name")
        self.fields["schools"].queryset = schools  # type: ignore[attr-defined]
        if len(schools) < 2:  # noqa: PLR2004 - one school is no choice
            del self.fields["schools"]

    def clean_address(self) -> str:
        """Write the host as machines do: `Médiathèque.fr` is `xn--mdiathque-53af.fr`."""
        return _as_ascii(self.cleaned_data["address"].strip())


class AddServiceForm(_ServiceForm):
    """The few questions whose answers no profile knows."""

    def __init__(
        self, organisation: Organisation, profile: Profile, *args: Any, **kwargs: Any
    ) -> None:
        """Show what an address of this kind looks like."""
        super().__init__(organisation, *args, **kwargs)
        self.profile = profile
        self.fields["address"].widget.attrs["placeholder"] = profile.example

    def clean(self) -> dict[str, Any]:
        """Work out where its tile leads."""
        data = super().clean() or {}
        address = data.get("address")
        if address and self.profile.start:
            self.instance.start = address.rstrip("/") + "/" + self.profile.start
        return data


class ChangeServiceForm(_ServiceForm):
    """Everything about an application."""

    classes = forms.ModelMultipleChoiceField(
        label=_("In which classes?"),
        queryset=SchoolClass.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    logo_file = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta(_ServiceForm.Meta):
        fields = (
            "name",
            "description",
            "address",
            "start",
            "active",
            "listed",
            "identifier",
            "attributes_in_cas2",
            "roles",
            "schools",
            "classes",
            "renew_required",
            "single_logout",
            "logout_address",
            "may_proxy",
            "callback",
            "accepts_proxies",
            "backend_name",
        )

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        """Add a field for each detail that may be released."""
        super().__init__(organisation, *args, **kwargs)
        classes = SchoolClass.objects.filter(school__organisation=organisation)
        self.fields["classes"].queryset = classes.order_by("school__name", "name")  # type: ignore[attr-defined]
        names: dict[str, list[str]] = {}
        for name, source in self.instance.attributes.items():
            names.setdefault(source, []).append(name)
        for source, label in Service.Source.choices:
            self.fields[f"release_{source}"] = forms.CharField(
                label=label,
                required=False,
                max_length=300,
                initial=", ".join(names.get(source, [])),
                widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
            )

    def releases(self) -> list[forms.BoundField]:
        """Return the fields of the details."""
        return [self[name] for name in self.fields if name.startswith("release_")]

    def clean_logo_file(self) -> bytes | None:
        """Re-encode the logo, or say that it does not do."""
        upload = self.cleaned_data["logo_file"]
        if not upload:
            return None
        try:
            return pictures.fitted(upload)
        except pictures.PictureRefusedError as error:
            raise forms.ValidationError(LOGO_REFUSED) from error

    def clean(self) -> dict[str, Any]:
        """Gather the names under which details are released; each name once."""
        data = super().clean() or {}
        attributes: dict[str, str] = {}
        for source in Service.Source.values:
            field = f"release_{source}"
            for name in (data.get(field) or "").replace(",", " ").split():
                if not is_attribute_name(name) or name in attributes:
                    self.add_error(
                        field,
                        _("%(name)s cannot be used here, or is used twice.") % {"name": name},
                    )
                attributes[name] = source
        self.instance.attributes = attributes
        return data


def _as_ascii(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    server, slash, path = rest.partition("/")
    host, colon, port = server.partition(":")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            return address
    # A bare site is meant as a whole.
    return f"{scheme}{separator}{host}{colon}{port}{slash or '/'}{path}"
