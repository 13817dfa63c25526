// Tables by day: where not all days fit, the newest are the ones to see first.
"use strict";

function showNewestDays() {
  const region = document.querySelector("#w-days .mw-scroll");
  if (region) region.scrollLeft = region.scrollWidth;
}

document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "w-days") showNewestDays(); });
document.addEventListener("DOMContentLoaded", showNewestDays);
