from collections.abc import Callable, Sequence

import pytest
from django.utils import translation

from trousseau.mail import composing, outbox
from trousseau.mail.composing import Letter
from trousseau.mail.models import Message
from trousseau.organisations.models import Organisation

pytestmark = pytest.mark.django_db


def letter(subject: str) -> Letter:
    return Letter(subject, "text", "<p>html</p>", "LEIA")


def queue(kind: str, *languages: str) -> list[Message]:
    return [outbox.queue(kind, "ada@example.org", language) for language in languages]


def test_compose_each_letter_is_in_its_own_language() -> None:
    composing.register("test", lambda _message: letter(translation.get_language() or ""))
    french, english = messages = queue("test", "fr", "en")
    with translation.override("de"):
        letters = composing.compose(messages)
        assert translation.get_language() == "de"
    assert letters == {french.pk: letter("fr"), english.pk: letter("en")}


def test_compose_batch_of_one_kind_is_prepared_at_once() -> None:
    prepared: list[list[Message]] = []

    def composer(messages: Sequence[Message]) -> dict[int, Callable[[], Letter | None]]:
        prepared.append(list(messages))
        return {message.pk: lambda: None for message in messages}

    composing.register_batch("test", composer)
    first, second = messages = queue("test", "fr", "fr")
    assert composing.compose(messages) == {first.pk: None, second.pk: None}
    assert prepared == [messages]


def test_compose_that_fails_keeps_nothing_of_what_it_wrote() -> None:
    def composer(message: Message) -> Letter:
        Organisation.objects.create(slug=f"written-{message.pk}", name="Written")
        if message.language == "en":
            raise ZeroDivisionError
        return letter("")

    composing.register("test", composer)
    with pytest.raises(ZeroDivisionError):
        composing.compose(queue("test", "fr", "en"))
    assert Organisation.objects.count() == 0
