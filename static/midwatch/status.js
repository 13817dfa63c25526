// A status page that is left open shows the present state: its parts are fetched anew, and replaced where they differ.
"use strict";

const EVERY = 30_000;

function renew(fresh) {
  document.title = fresh.title;
  for (const part of document.querySelectorAll("#status > [id], #status [id^=st-sentence], #st-asof")) {
    const other = fresh.getElementById(part.id);
    if (!other || part.contains(document.activeElement)) continue;
    part.className = other.className;
    if (part.id === "st-head") continue; // its sentence is spoken when it changes, and only then
    for (const list of part.querySelectorAll("details[open]")) other.querySelector(`#${list.id}`)?.setAttribute("open", "");
    if (part.innerHTML !== other.innerHTML) part.replaceChildren(...other.childNodes);
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-cache" });
    if (answer.ok) renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (answer.status === 404) location.reload();
  } catch {
    // Midwatch does not answer just now: what is shown tells as of when it is.
  }
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
