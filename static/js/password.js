// Adds a button to each password field that shows what was typed, and hides it again when the form is sent.
"use strict";

(() => {
  for (const input of document.querySelectorAll("input[data-password]")) {
    const label = document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() ?? "password";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet small";

    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? "Hide" : "Show";
      button.setAttribute("aria-label", `${button.textContent} ${label.toLowerCase()}`);
    };

    button.addEventListener("click", () => {
      show(input.type === "password");
      input.focus();
    });
    input.form?.addEventListener("submit", () => show(false));
    show(false);
    input.after(button);
  }
})();
