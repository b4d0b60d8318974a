"""The words that catalogs, events and expectations have in common: numbers, quantities, clauses, ids."""

import fractions
import re
import uuid

UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}


class FormatError(Exception):
    """A line that is not in the format; its text says why."""


def number(text):
    """`1024`, `2^50`, `2^50+1`, or `1.5` where a unit makes it whole."""
    power = re.fullmatch(r"2\^([0-9]+)([+-][0-9]+)?", text)
    if power:
        return 2 ** int(power[1]) + int(power[2] or 0)
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise FormatError(f"'{text}' is not a number")
    return fractions.Fraction(text)


def take_quantity(words):
    """Takes `1.5 KB`, `MB`, `300 B` or `3` from the front of the words."""
    count = 1 if words[0] in UNITS else number(words.pop(0))
    quantity = fractions.Fraction(count) * (UNITS[words.pop(0)] if words and words[0] in UNITS else 1)
    if quantity.denominator != 1:
        raise FormatError(f"{count} is not a whole quantity")
    return int(quantity)


def quantity_of(text):
    words = text.split()
    quantity = take_quantity(words)
    if words:
        raise FormatError(f"'{text}' is not a quantity")
    return quantity


def clauses(text, separator, known):
    """`connect 5.00, excludes a b` as pairs of what a clause begins with and its rest."""
    for clause in filter(None, (part.strip() for part in text.split(separator))):
        first = next((words for words in known if (clause + " ").startswith(words + " ")), None)
        if first is None:
            raise FormatError(f"'{clause}' begins with none of: {', '.join(known)}")
        yield first, clause[len(first):].strip()


def event_id(name):
    """The id of the event that a case calls by this name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"scenario event {name}"))


def charge_id(subscriber, of_event):
    """Rule: domain 7."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"subledger:charge:{subscriber}:{of_event.lower()}"))
