// The search box in every page's head: "/" or Ctrl K leads there, arrows walk what was found, Escape leaves.
"use strict";

const searchBox = () => document.getElementById("mw-search");
const foundList = () => document.getElementById("mw-search-list");
const options = () => [...foundList().querySelectorAll("[role=option]")];
const chosenOption = () => foundList().querySelector("[aria-selected=true]");

function showFound(open) {
  foundList().hidden = !open;
  searchBox().setAttribute("aria-expanded", String(open));
  if (!open) choose(null);
}

function choose(option) {
  chosenOption()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) searchBox().setAttribute("aria-activedescendant", option.id);
  else searchBox().removeAttribute("aria-activedescendant");
}

function step(by) {
  const all = options();
  if (all.length) choose(all[(all.indexOf(chosenOption()) + by + all.length + (by < 0 && !chosenOption() ? 1 : 0)) % all.length]);
}

function asksForSearch(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return true;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  return event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
}

document.addEventListener("keydown", (event) => {
  const box = searchBox();
  if (!box) return;
  if (asksForSearch(event)) {
    event.preventDefault();
    if (box.offsetParent) {
      box.focus(); // which scrolls to it
      box.select();
    } else document.querySelector(".mw-searchlink")?.click(); // a narrow screen has a page for it
    return;
  }
  if (event.target !== box) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    showFound(true);
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosenOption()) {
    event.preventDefault();
    chosenOption().click();
  } else if (event.key === "Escape") {
    if (foundList().hidden) box.blur();
    showFound(false);
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "mw-search-list") showFound(document.activeElement === searchBox() && searchBox().value.trim() !== "");
});

document.addEventListener("focusin", (event) => {
  if (foundList() && !event.target.closest(".mw-searchbox")) showFound(false);
});
document.addEventListener("click", (event) => {
  if (foundList() && !event.target.closest(".mw-searchbox")) showFound(false);
});
