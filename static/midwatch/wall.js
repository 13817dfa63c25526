// The wall: a clock that goes on by itself, incidents that fit or are counted, and loud words when no answer comes.
"use strict";

const PATIENCE = 30_000; // three answers missed
let answeredAt = Date.now();

function tick() {
  const clock = document.getElementById("clock");
  if (!clock) return;
  clock.textContent = new Date().toLocaleTimeString("en-GB", { timeZone: clock.dataset.zone });
  const stale = Date.now() - answeredAt > PATIENCE;
  const banner = document.getElementById("stale");
  if (stale && banner.hidden) {
    const told = { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone, timeZoneName: "short" };
    banner.querySelector("span").textContent = new Date(answeredAt).toLocaleTimeString("en-GB", told);
  }
  banner.hidden = !stale;
  document.getElementById("wall").classList.toggle("is-stale", stale);
}

// What does not fit is hidden and counted: nobody scrolls on a wall.
function fit() {
  const list = document.querySelector(".incidents");
  if (!list) return;
  const more = document.getElementById("more");
  const items = [...list.children];
  items.forEach((item) => { item.hidden = false; });
  const total = Number(list.dataset.total);
  more.hidden = total <= items.length;
  let shown = items.length;
  while (shown > 1 && list.scrollHeight > list.clientHeight + 1) {
    shown -= 1;
    items[shown].hidden = true;
    more.hidden = false;
  }
  more.querySelector("span").textContent = (total - shown).toLocaleString("en-US");
}

document.addEventListener("htmx:afterSwap", fit);
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) answeredAt = Date.now(); tick(); });
addEventListener("resize", fit);
setInterval(tick, 1000);
fit();
tick();
