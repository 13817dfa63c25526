"""The field of a form in which a person writes an amount of bytes."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold import widgets

from apps.common.sizes import bytes_text, bytes_words, parse_bytes


class SizeField(forms.CharField):
    """`1 GB`, `500 MB` or a plain number; its value is a number of bytes, None when nothing was entered. A number that
    is stored is shown with its unit, exactly."""

    def __init__(self, *, least: int = 0, most: int | None = None, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false"}
        super().__init__(widget=widgets.UnfoldAdminTextInputWidget(attrs=attrs), **options)
        self.least, self.most = least, most

    def prepare_value(self, value: Any) -> Any:
        return bytes_text(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            size = parse_bytes(text)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error
        if size < self.least:
            raise forms.ValidationError(f"Write {bytes_words(self.least)} or more.")
        if self.most is not None and size > self.most:
            raise forms.ValidationError(f"Write {bytes_words(self.most)} or less.")
        return size
