"""The pages of one's own account."""

from trousseau.accounts.views.details import details, photo
from trousseau.accounts.views.home import home, overview
from trousseau.accounts.views.password import judge, password
from trousseau.accounts.views.sessions import sessions

__all__ = ["details", "home", "judge", "overview", "password", "photo", "sessions"]
