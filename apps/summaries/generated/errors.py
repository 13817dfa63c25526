"""What can go wrong on the way to a language model.

ModelError
├── ModelUnreachable   no answer, or none that can be read; asking later may help
└── ModelRefuses       it answers that it will not: the key, the address or the model's name is wrong
"""

from __future__ import annotations

from apps.common.errors import MidwatchError


class ModelError(MidwatchError):
    """The model gave no text."""


class ModelUnreachable(ModelError):
    """No answer, or none that can be read."""


class ModelRefuses(ModelError):
    """It was reached, and does not take the request."""
