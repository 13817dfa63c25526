"""The languages that texts are checked in, and those that models fall into."""

from __future__ import annotations

from collections.abc import Mapping

from apps.summaries.generated.english import ENGLISH
from apps.summaries.generated.german import GERMAN
from apps.summaries.generated.vocabulary import Language, Words, words

LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "de": GERMAN}
# Languages that models fall into, by words that English and German do not share with them.
OTHERS: Mapping[str, Words] = {
    "French": words("le la les des est une dans depuis été pour avec sur qui pas du au ont"),
    "Spanish": words("el los las del una es desde fue por para con que se ha su al está"),
    "Italian": words("il lo gli della una è dal sono stato per con che non si nel ha di"),
    "Dutch": words("het een is niet van de sinds zijn werd voor met op dat heeft"),
    "Portuguese": words("o os as da do uma é desde foi para com que não em na no"),
}
