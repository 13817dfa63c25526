"""How eagerly Python looks for garbage."""

import gc


def relax() -> None:
    """Look for garbage less often than Python's default.

    Nearly all that Django loads stays for good, and a pass makes thousands of rows that live until it ends. Going
    through them at the default rate took a sixth of the start of a command and a fifth of a pass.
    """
    gc.set_threshold(200_000, 20, 20)
