"""The one password policy, used wherever a password is chosen (PWD-13).

No composition rule and no expiry (PWD-03, PWD-09): a length, what is known to be tried first, what
concerns the person, then an estimate of the guesses needed (PWD-16, the CNIL's "devinabilité").
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from trousseau.accounts.passwords import guessing, strength
from trousseau.accounts.passwords.breached import BreachedList
from trousseau.accounts.passwords.normalisation import MAX_LENGTH, MAX_RAW_LENGTH, fold, normalise
from trousseau.accounts.passwords.personal import Person, personal_words
from trousseau.accounts.passwords.vocabulary import vocabulary

LOWEST_SCORE = 3
# zxcvbn gives eight random characters a 2: there, our own estimate decides.
_WORRYING_SCORE = 2
_BEST_SCORE = 4
# A refused password must not look strong on a meter.
_HIGHEST_REFUSED_SCORE = 2

# What the pages give as an example is tried first by whoever reads them.
_EXAMPLES = frozenset({fold("vélo nuage tartine"), fold("bicycle cloud toast")})

_MESSAGES = {
    "too_short": _("A little longer: at least %(minimum)d characters."),
    "too_long": _("Too long: %(maximum)d characters at most."),
    "common": _(
        "Many people use a password like this one. "
        "Choose three words that have nothing to do with each other."
    ),
    "breached": _("This password has appeared in a data leak. Choose another one."),
    "repeated": _("The same thing comes back several times. Choose three different words."),
    "keyboard": _(
        "These are keys that follow each other on the keyboard. Choose three words instead."
    ),
    "digits": _("Numbers and dates are guessed quickly. Choose three words instead."),
    "personal": _(
        "People who know you could guess it. "
        "Leave out your name, your username, your birthday, your school and your town."
    ),
    "guessable": _("Still too easy to guess. Add a word that has nothing to do with the others."),
}
_GOOD = _("Good password.")
_VERY_GOOD = _("Very good password.")


@dataclass(frozen=True)
class Verdict:
    """`reason` is a code, empty when accepted; `message` is one sentence for the person."""

    accepted: bool
    score: int
    reason: str
    message: str


@dataclass
class _Configuration:
    breached: BreachedList | None = None


_configuration = _Configuration()


def configure(breached: BreachedList | None) -> None:
    """Set the list of breached passwords that every later judgement consults (PWD-06)."""
    _configuration.breached = breached


def judge(password: str, person: Person, minimum: int) -> Verdict:
    """Say whether this person may use this password, and why not (PWD-08).

    `minimum` is in characters, one code point each, counted on the NFKC form. The judgement costs
    a few milliseconds whatever the input and calls nobody outside. Source: PWD-01 to PWD-08,
    PWD-16.
    """
    if len(password) > MAX_RAW_LENGTH:
        return _refused("too_long", 0, minimum)
    text = normalise(password)
    if len(text) > MAX_LENGTH:
        return _refused("too_long", 0, minimum)
    words = personal_words(person)
    score = strength.score(text, sorted(words))
    reason = _objection(text, words, minimum, score)
    if reason:
        return _refused(reason, min(score, _HIGHEST_REFUSED_SCORE), minimum)
    praise = _VERY_GOOD if score == _BEST_SCORE else _GOOD
    return Verdict(accepted=True, score=score, reason="", message=str(praise))


def _refused(reason: str, score: int, minimum: int) -> Verdict:
    message = str(_MESSAGES[reason]) % {"minimum": minimum, "maximum": MAX_LENGTH}
    return Verdict(accepted=False, score=score, reason=reason, message=message)


def _objection(text: str, words: frozenset[str], minimum: int, score: int) -> str:
    if len(text) < minimum:
        return "too_short"
    folded = fold(text)
    if folded in _EXAMPLES or folded in vocabulary().leaked:
        return "common"
    if _configuration.breached and _configuration.breached.contains(text):
        return "breached"
    return _guess(text, words, score)


def _guess(text: str, words: frozenset[str], score: int) -> str:
    close = guessing.estimate(text, words)
    reading = guessing.estimate(text) if "personal" in close.kinds else close
    if reading.bits < guessing.ENOUGH and "unknown" not in reading.kinds:
        return _known_pattern(reading.kinds)
    if close.bits < guessing.ENOUGH and "personal" in close.kinds:
        return "personal"
    needed = guessing.ENOUGH if score >= LOWEST_SCORE else guessing.PLENTY
    return "guessable" if reading.bits < needed or score < _WORRYING_SCORE else ""


def _known_pattern(kinds: frozenset[str]) -> str:
    if "repeat" in kinds or kinds == {"symbols"}:
        return "repeated"
    if kinds <= {"digits", "symbols"}:
        return "digits"
    return "common" if "word" in kinds else "keyboard"
