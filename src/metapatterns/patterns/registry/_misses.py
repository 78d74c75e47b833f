"""The error for a key that finds nothing, with everything that may help."""

from __future__ import annotations

from ..._values import cut, kind_of, plain_text, shorten
from ...errors import UnknownKeyError, describe
from ._entries import origin_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._entries import Entry
    from ._plugins import PluginCatalogue

#: How many names a message lists.
SHOWN = 20


def miss(
    catalogue: PluginCatalogue,
    key: object,
    entries: list[Entry],
    below: type | None = None,
    /,
) -> UnknownKeyError:
    """Make the error for a key that is none of `entries`, those below a class."""
    title = catalogue.title(below)
    known = [entry.key for entry in entries]
    text = plain_text(key)
    if text is None:
        return UnknownKeyError(
            f"{title}: keys are strings, and {shorten(key)} is of type {kind_of(key)}",
            key,
            known,
        )
    broken = catalogue.broken(catalogue.fold(text))
    if broken is not None:
        return catalogue.load_failure(broken)
    parts = [f"{title} has no key {shorten(text)}"]
    shown = f"known: {listing(map(shorten, known))}"
    if below is not None and (held := catalogue.find(text)) is not None:
        holder = origin_of(catalogue.value_of(held))
        parts.append(shown)
        parts.append(
            f"the key belongs to {holder!r}, which is no descendant of"
            f" {describe(below)!r}: ask the registry of the root"
        )
        return UnknownKeyError("; ".join(parts), key, known)
    aliases = [alias for entry in entries for alias in entry.aliases]
    if close := close_to(text, [*aliases, *known]):
        parts.append(f"did you mean {' or '.join(map(shorten, close))}?")
    parts.append(shown)
    skipped = {
        describe(cls): reason
        for held, reason in list(catalogue.skipped.values())
        if (cls := held()) is not None
    }
    if skipped:
        told = (f"{name} ({reason})" for name, reason in skipped.items())
        parts.append(f"not registered: {listing(told)}")
    if catalogue.failures:
        failures = list(catalogue.failures.items())
        told = (f"{cut(name)} ({complaint(error)})" for name, error in failures)
        parts.append(f"failed to load: {listing(told)}")
    parts.append("was the module that defines it imported?")
    return UnknownKeyError("; ".join(parts), key, known, skipped)


def close_to(key: str, names: list[str]) -> list[str]:
    from difflib import get_close_matches

    wanted = key.casefold()
    spelling = {name.casefold(): name for name in names}
    # Names of very different lengths cannot be as close as difflib wants them.
    near = [name for name in spelling if len(name) <= 3 * len(wanted) <= 9 * len(name)]
    return [spelling[name] for name in get_close_matches(wanted, near)]


def complaint(error: BaseException) -> str:
    try:
        text = str.__str__(str(error))
    except Exception:
        text = "without a message"
    return f"{type(error).__name__}: {text[:200]}"


def listing(texts: Iterable[str]) -> str:
    """Join texts for a message, and say how many there are beyond the first few."""
    found = list(texts)
    shown = ", ".join(found[:SHOWN]) or "nothing"
    return f"{shown} and {len(found) - SHOWN} more" if len(found) > SHOWN else shown
