"""A password hasher that takes as long as a test wants, and counts who is inside."""

import os
import threading

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

DEADLINE_SECONDS = 30


class WaitingHasher(PBKDF2PasswordHasher):
    """Hashes weakly, but not before the test lets it."""

    iterations = 1
    _door = threading.Event()
    _changed = threading.Condition()
    _inside = 0
    most_inside = 0

    @classmethod
    def reset(cls) -> None:
        cls._door.clear()
        cls._inside = cls.most_inside = 0

    @classmethod
    def release(cls) -> None:
        cls._door.set()

    @staticmethod
    def most_expected() -> int:
        """Tell how many hashes this machine may make at once: its cores, shared by processes."""
        return max(1, len(os.sched_getaffinity(0)) // settings.WEB_PROCESSES)

    @classmethod
    def wait_until_busy(cls) -> None:
        with cls._changed:
            assert cls._changed.wait_for(
                lambda: cls._inside == cls.most_expected(), DEADLINE_SECONDS
            )

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        cls = type(self)
        with cls._changed:
            cls._inside += 1
            cls.most_inside = max(cls.most_inside, cls._inside)
            cls._changed.notify_all()
        try:
            assert cls._door.wait(DEADLINE_SECONDS)
            return super().encode(password, salt, iterations)
        finally:
            with cls._changed:
                cls._inside -= 1
