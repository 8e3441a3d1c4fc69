from django.apps import AppConfig

from trousseau.env import ConfigurationError


class AccountsConfig(AppConfig):
    name = "trousseau.accounts"
    verbose_name = "accounts"

    def ready(self) -> None:
        from django.conf import settings

        from trousseau.accounts import letters
        from trousseau.accounts.services import (
            contact_addresses,
            credentials,
            departure,
            sessions,
            trusted_devices,
        )
        from trousseau.throttling import purging
        from trousseau.work import duties
        from trousseau.work.ageing import REST

        letters.register()
        departure.follow_deletions()
        duties.register("remove sessions that are over", duties.BULK, sessions.purge)
        duties.register("forget devices not seen for long", duties.BULK, trusted_devices.purge)
        duties.register("forget old counters", duties.BULK, purging.purge)
        duties.register("remove former addresses", duties.BULK, contact_addresses.purge)
        duties.register("remove old credentials", duties.BULK, credentials.purge, rest=REST)
        _use_breached_list(settings.BREACHED_PASSWORDS)


def _use_breached_list(path: str) -> None:
    from trousseau.accounts import passwords

    try:
        passwords.configure(passwords.BreachedList(path) if path else None)
    except OSError as error:
        message = f"TROUSSEAU_BREACHED_PASSWORDS: cannot read {path} ({error.strerror})."
        raise ConfigurationError(message) from error
    except ValueError as error:
        message = f"TROUSSEAU_BREACHED_PASSWORDS: {error}."
        raise ConfigurationError(message) from error
