"""The pages of one's own account."""

from trousseau.accounts.views.activity import activity, not_me
from trousseau.accounts.views.details import details, photo
from trousseau.accounts.views.home import home, overview
from trousseau.accounts.views.password import change_password, judge, password
from trousseau.accounts.views.sessions import sessions

__all__ = [
    "activity",
    "change_password",
    "details",
    "home",
    "judge",
    "not_me",
    "overview",
    "password",
    "photo",
    "sessions",
]
