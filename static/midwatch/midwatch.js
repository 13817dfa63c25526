// Small comforts: copying a script, and saying so when the page can no longer be refreshed.
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

// What a rule would cost was asked for what stood in the form: it is taken away when that changes.
document.addEventListener("input", (event) => {
  if (event.target.form?.id === "rule-form") document.getElementById("cost")?.replaceChildren();
});
