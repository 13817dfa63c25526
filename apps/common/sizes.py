"""Amounts of bytes, and what they cost, as people read them."""

from __future__ import annotations

TIB = 2**40
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
SMALLEST = 0.01  # US dollars


def bytes_words(count: int) -> str:
    """`1.2 GB`, `36 GB`, `10.5 MB`, `0 bytes`: by thousands, with one decimal at most."""
    size, unit = float(count), 0
    while round(size, 1) >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:,.1f}".removesuffix(".0") + f" {UNITS[unit]}"


def dollars_of(count: int, price_per_tib: float) -> float:
    """What reading so many bytes costs, in US dollars; a TiB is 2**40 bytes."""
    return count / TIB * price_per_tib


def dollars_words(dollars: float) -> str:
    """`28.81 US dollars`, `less than 0.01 US dollars`; empty for nothing."""
    if dollars <= 0:
        return ""
    if dollars < SMALLEST:
        return f"less than {SMALLEST} US dollars"
    return f"{dollars:,.2f} US dollars"


def cost_words(count: int, price_per_tib: float) -> str:
    """`1.2 GB (0.01 US dollars)`; bytes alone where reading has no price."""
    money = dollars_words(dollars_of(count, price_per_tib))
    return f"{bytes_words(count)} ({money})" if money else bytes_words(count)
