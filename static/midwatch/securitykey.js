// Says on the page what kept a security key from being used; allauth's scripts ask for the key itself.
(() => {
  "use strict";
  const problem = document.getElementById("key-problem");
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };
  if (!window.PublicKeyCredential) {
    for (const button of document.querySelectorAll("[data-needs-key]")) button.disabled = true;
    say("This browser knows no security keys, or the page did not come by HTTPS.");
  }
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault(); // it would be written to the console, where nobody looks
    const known = event.detail.exception && event.detail.exception.name === "InvalidStateError";
    say(known ? "This key has been added already." : "The key was not used. Try once more, and touch it when the browser asks.");
  });
})();
