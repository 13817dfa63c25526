// Small comforts: copying a script, adding lines to a field, and saying so when the page can no longer be refreshed.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // Without HTTPS a browser may refuse the clipboard: select the text, so that the keyboard can copy it.
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C to copy";
  }
});

// Leaving out what cannot be checked, or what has a rule of its own: the lines are added to the field, for all to see.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-lines]");
  if (!button) return;
  const field = document.getElementById(button.dataset.addLines);
  const lines = new Set([field.value, button.dataset.lines].join("\n").split("\n").filter((line) => line.trim()));
  field.value = [...lines].join("\n");
  field.rows = Math.min(12, Math.max(field.rows, lines.size));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

let answeredAt = new Date();

function tellSilence(silent) {
  const banner = document.getElementById("mw-silent");
  if (!banner) return;
  banner.hidden = !silent;
  banner.querySelector("[data-since]").textContent = answeredAt.toLocaleTimeString("en-GB", { timeZoneName: "short" });
}

document.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr.status;
  const silent = status === 0 || status >= 500;
  if (!silent) answeredAt = new Date();
  if (event.detail.elt.id === "watch") tellSilence(silent);
});

// What a person has unfolded stays open when the part of the page around it is drawn anew.
const unfolded = new Set();
for (const before of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
  document.addEventListener(before, (event) => {
    event.detail.target.querySelectorAll?.("details[id]").forEach(({ id, open }) => (open ? unfolded.add(id) : unfolded.delete(id)));
  });
}
for (const after of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
  document.addEventListener(after, () => {
    unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  });
}

// What a rule would cost was asked for what stood in the form: it is taken away when that changes.
document.addEventListener("input", (event) => {
  if (event.target.form?.id === "rule-form") document.getElementById("cost")?.replaceChildren();
});
