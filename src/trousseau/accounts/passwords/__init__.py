"""The password policy: what may be a password, for whom, and why not."""

from trousseau.accounts.passwords.breached import BreachedList
from trousseau.accounts.passwords.normalisation import MAX_LENGTH, normalise
from trousseau.accounts.passwords.personal import Person
from trousseau.accounts.passwords.policy import Verdict, configure, judge

__all__ = ["MAX_LENGTH", "BreachedList", "Person", "Verdict", "configure", "judge", "normalise"]
