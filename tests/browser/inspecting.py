"""What a browser and axe have against a page that it has opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext

from tests.browser.conftest import listen

# What is fetched when a page opens has come, its fonts are there, and nothing moves any more.
SETTLED = """async () => {
  const pause = () => new Promise((done) => setTimeout(done, 25));
  for (let round = 0; round < 200 && document.querySelector('.htmx-request'); round++) await pause();
  await document.fonts.ready;
}"""
AXE = """(rules) => axe.run({ resultTypes: ['violations'], ...(rules.length ? { runOnly: rules } : {}) })
  .then((found) => found.violations)"""
# What stands beyond the right edge and cannot be scrolled to. Read aloud only, or hidden: not looked at.
CUT = """() => [...document.querySelectorAll('#content *, main *, h1')].filter(each => {
  const box = each.getBoundingClientRect();
  if (!box.width || !box.height || box.right <= innerWidth + 1 || box.left < 0) return false;
  for (let above = each.parentElement; above; above = above.parentElement) {
    const style = getComputedStyle(above), edge = above.getBoundingClientRect();
    if (/auto|scroll/.test(style.overflowX) && edge.right <= innerWidth + 1) return false;
    if (style.visibility === 'hidden' || (edge.width <= 1 && style.overflow === 'hidden')) return false;
  }
  return true;
}).map(each => `${each.tagName} ${each.className.baseVal ?? each.className} ${each.textContent.trim().slice(0, 40)}`)"""
SIZE = "() => [document.documentElement.scrollWidth, innerWidth]"
HEADINGS = "() => [...document.querySelectorAll('h1')].map((each) => each.textContent.trim())"
# Said by the browser of a page that is itself the answer 403, 404 or 410.
OF_THE_PAGE = "Failed to load resource: the server responded with a status of 4"


class Inspector:
    """Opens pages in one tab of `context` and tells what is wrong with each. Keeps a picture of each in `album`.

    `rules` are those of axe to look at; all, where there are none.
    """

    def __init__(self, context: BrowserContext, home: str, album: Path | None, rules: tuple[str, ...] = ()) -> None:
        self.page = context.new_page()
        self.home, self.album, self.rules = home, album, rules
        self.heard = listen(self.page, home)

    def look_at(self, address: str) -> list[str]:
        """What is wrong with the page, one line each."""
        answer = self.page.goto(self.home + address)
        self.page.evaluate(SETTLED)
        status = answer.status if answer else 0
        found = [*self._shape(), *self._axe(), *self._heard(expected=status)]
        if self.album:
            name = re.sub(r"\W+", "-", address).strip("-") or "overview"
            self.page.screenshot(path=self.album / f"{name[:100]}.jpeg", full_page=True, quality=60, type="jpeg")
        return found

    def _shape(self) -> Iterator[str]:
        if not self.page.title().strip(" |"):
            yield "no title"
        if len(headings := self.page.evaluate(HEADINGS)) != 1 or not headings[0]:
            yield f"h1: {headings}"
        wide, room = self.page.evaluate(SIZE)
        if wide > room:
            yield f"scrolls sideways: {wide} in {room}"
        yield from (f"cut: {each}" for each in self.page.evaluate(CUT))

    def _axe(self) -> Iterator[str]:
        self.page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate(AXE, list(self.rules))
        for violation in found:
            for node in violation["nodes"]:
                why = " ".join(each["message"] for each in [*node["any"], *node["all"], *node["none"]])
                yield f"{violation['id']}: {node['target']} {node['html'][:160]} {why[:200]}"

    def _heard(self, expected: int) -> Iterator[str]:
        heard = self.heard.taken()
        for each in heard:
            if not (400 <= expected < 500 and (each.startswith(OF_THE_PAGE) or each == f"{expected} {self.page.url}")):
                yield each
