"""One delivery that goes to several recipients, one after the other: whom the next attempt serves, and what is said of
how it went. Over all attempts, `Outgoing.served` keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.alerts.channels.contract import ACCEPTED, DOUBTFUL, Outgoing, SendFailed, SendRefused, Sent

WAITS = "{people} not served yet."
IN_DOUBT = "Nobody knows whether it arrived at {names}."


def left(recipients: Sequence[str], outgoing: Outgoing) -> list[str]:
    """Whom to serve now. Another one comes first each time, and those who may have it already come last, so that one at
    whom a server breaks off every time keeps it from nobody else; where a repeat only confuses, these do not come."""
    new = [to for to in recipients if to not in outgoing.served]
    first = (outgoing.attempt - 1) % len(new) if new else 0
    new = [*new[first:], *new[:first]]
    doubtful = [to for to in recipients if outgoing.served.get(to) == DOUBTFUL]
    return [*new, *(doubtful if outgoing.again else ())]


def set_back(outgoing: Outgoing, to: str, before: str | None) -> None:
    """It surely did not arrive this time: what is known of `to` is what was known before."""
    if before is None:
        del outgoing.served[to]
    else:
        outgoing.served[to] = before


def verdict(recipients: Sequence[str], outgoing: Outgoing, troubles: Mapping[str, str]) -> Sent:
    """The receipt over all attempts. Raises SendFailed while somebody may be reached by another one, SendRefused when
    nobody ever can. `troubles` are the words about those who were tried now and wait on."""
    served = {to: outgoing.served[to] for to in recipients if to in outgoing.served}
    refused = {to: how for to, how in served.items() if how not in (ACCEPTED, DOUBTFUL)}
    doubtful = [to for to, how in served.items() if how == DOUBTFUL]
    others = [to for to in recipients if to not in served]
    unheard = len([to for to in others if to not in troubles])
    words = [f"Not accepted for {to}: {how}." for to, how in {**refused, **troubles}.items()]
    words += [WAITS.format(people="1 recipient is" if unheard == 1 else f"{unheard} recipients are")] if unheard else []
    accepted = sum(how == ACCEPTED for how in served.values())
    wait = others or (doubtful and outgoing.again)
    if wait or (doubtful and not accepted):
        raise SendFailed(_sentences(words, doubtful), unconfirmed=bool(doubtful), others=bool(others))
    if refused and not accepted:
        raise SendRefused(" ".join(words))
    receipt = f"The mail server accepted {'1 mail' if accepted == 1 else f'{accepted} mails'}."
    return Sent(_sentences([receipt, *words], doubtful))


def _sentences(words: Sequence[str], doubtful: Sequence[str]) -> str:
    return " ".join([*words, *([IN_DOUBT.format(names=" and ".join(doubtful))] if doubtful else [])])
