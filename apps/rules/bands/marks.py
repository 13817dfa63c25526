"""What people said of stretches of time, as kinds of rules need it. The meanings are those of the model Feedback."""

from __future__ import annotations

from datetime import datetime

from apps.common.records import record

FALSE, MISSED, NEW_NORMAL = "false_alarm", "missed", "new_normal"
EXCUSED = ("expected", FALSE, "ignore")
LEFT_OUT = (*EXCUSED, MISSED)  # what was wrong and went unnoticed must not count as normal either


@record
class Mark:
    """`meaning` holds from `begins` until just before `ends`."""

    meaning: str
    begins: datetime
    ends: datetime

    def meets(self, start: datetime, end: datetime | None = None) -> bool:
        """Whether it holds at `start`, or for some of the time from there to `end`."""
        return self.begins < end and start < self.ends if end else self.begins <= start < self.ends


@record
class Marks:
    """All that was said of one rule on one table, and not taken back."""

    marks: tuple[Mark, ...] = ()

    @property
    def anew(self) -> datetime | None:
        """Since when what the table holds is the new normal: what was before says nothing any more."""
        begun = [mark.begins for mark in self.marks if mark.meaning == NEW_NORMAL]
        return max(begun, default=None)

    @property
    def key(self) -> str:
        """Changes whenever anything that was said changes. Empty: nothing was said."""
        return " ".join(sorted(f"{mark.meaning}:{_epoch(mark.begins)}-{_epoch(mark.ends)}" for mark in self.marks))

    def as_of(self, now: datetime) -> Marks:
        """Those that count at `now`: what becomes the new normal later is none yet."""
        if self.anew is None or self.anew <= now:
            return self
        return Marks(tuple(mark for mark in self.marks if mark.meaning != NEW_NORMAL or mark.begins <= now))

    def teaches(self, start: datetime, end: datetime | None = None) -> bool:
        """Whether what was seen then may count as normal."""
        return not (self.anew is not None and start < self.anew) and not self.leaves_out(start, end)

    def leaves_out(self, start: datetime, end: datetime | None = None) -> bool:
        """Whether people said of that very time that it was not normal."""
        return any(mark.meaning in LEFT_OUT and mark.meets(start, end) for mark in self.marks)

    def excuse(self, start: datetime, end: datetime | None = None) -> str:
        """The meaning by which what is seen then does not alert; empty: none."""
        return next((mark.meaning for mark in self.marks if mark.meaning in EXCUSED and mark.meets(start, end)), "")


NO_MARKS = Marks()


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
