"""The password policy: what may be a password, for whom, and why not."""

from .breached import BreachedList
from .normalisation import MAX_LENGTH, normalise
from .personal import Person
from .policy import Verdict, configure, judge

__all__ = ["MAX_LENGTH", "BreachedList", "Person", "Verdict", "configure", "judge", "normalise"]
