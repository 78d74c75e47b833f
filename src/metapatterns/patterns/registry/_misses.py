"""The error for a key that finds nothing, with everything that may help."""

from __future__ import annotations

from ..._values import cut, kind_of, plain_text, shorten
from ...errors import UnknownKeyError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._plugins import PluginCatalogue

#: How many names a message lists.
SHOWN = 20


def miss(
    catalogue: PluginCatalogue, key: object, known: Iterable[str] | None = None, /
) -> UnknownKeyError:
    if known is None:
        known = [entry.key for entry in catalogue.snapshot()]
    known = list(known)
    text = plain_text(key)
    if text is None:
        return UnknownKeyError(
            f"{catalogue}: keys are strings, and {shorten(key)} is of type"
            f" {kind_of(key)}",
            key,
            known,
        )
    broken = catalogue.broken(catalogue.fold(text))
    if broken is not None:
        return catalogue.load_failure(broken)
    parts = [f"{catalogue} has no key {shorten(text)}"]
    if close := close_to(text, [*list(catalogue.key_of_alias), *known]):
        parts.append(f"did you mean {' or '.join(map(shorten, close))}?")
    parts.append(f"known: {listing(map(shorten, known))}")
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
