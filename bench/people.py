"""Who is in the benchmark's database, by number; known to those who fill it and those who ask."""

SLUG = "lycee-des-mesures"
PASSWORD = "tambour-lagune-cerise-42"  # noqa: S105 - of people who do not exist
WRONG_PASSWORD = "tambour-lagune-cerise-43"  # noqa: S105 - as above
# The application that people open by CAS.
APPLICATION = "https://moodle.example/"


def username(number: int) -> str:
    """Return the username of an account that exists."""
    return f"prenom.nom{number:06}"


def stranger(number: int) -> str:
    """Return a username that nobody has, as long as those that exist."""
    return f"nemo.nemo.{number:06}"


def address(number: int) -> str:
    """Return the address of an account that exists."""
    return f"prenom.nom{number:06}@famille.example"


def unknown_address(number: int) -> str:
    """Return an address that nobody has, as long as those that exist."""
    return f"nemo.nemo.{number:06}@famille.example"
