// Everything works without this file. With it: keys, messages that can be closed, and honest words when a request fails.
"use strict";

(() => {
  const messages = () => document.getElementById("messages");

  /** Show the notice of a <template> in the live region, once. */
  function say(templateId) {
    const template = document.getElementById(templateId);
    const region = messages();
    if (template && region) region.replaceChildren(template.content.cloneNode(true));
  }

  // -- Keys: a link with data-key="n" is followed by pressing n, unless somebody is typing. --------------------
  const typing = (element) => element.closest("input, select, textarea, [contenteditable], dialog[open]") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const notices = messages()?.querySelectorAll(".notice");
      if (notices?.length) notices[notices.length - 1].remove();
      return;
    }
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!/^[a-z]$/.test(event.key) || typing(event.target)) return;
    const link = document.querySelector(`[data-key="${event.key}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  });

  // -- Messages: a button with data-dismiss closes the notice it is in. ----------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (!button) return;
    button.closest(".notice")?.remove();
    document.getElementById("main")?.focus({ preventScroll: true });
  });

  // -- Choices in a line that scrolls: the chosen one is moved into the middle of it. --------------------------
  function showChosen(root) {
    for (const chosen of root.querySelectorAll(".segments :checked")) {
      const [line, label] = [chosen.closest(".segments"), chosen.closest("label")];
      line.scrollLeft = label.offsetLeft - line.offsetLeft - (line.clientWidth - label.offsetWidth) / 2;
    }
  }
  showChosen(document);
  document.addEventListener("htmx:afterSettle", (event) => showChosen(event.detail.elt));

  // -- Forms ------------------------------------------------------------------------------------------------------
  // A plain form that is on its way is not sent again by an impatient second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const now = Date.now();
    if (now - Number(form.dataset.sent ?? 0) < 3000) event.preventDefault();
    else form.dataset.sent = now;
  });

  // The browser's back button brings a page as it was left: its forms may be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // After an answer with errors the first field that needs attention gets the focus.
  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (xhr?.status === 422 && requestConfig?.verb === "post") target?.querySelector("[aria-invalid=true]")?.focus();
  });

  // A field with data-invalid-with="some-id" is invalid for as long as that element says something: for answers
  // that replace what stands under a field while somebody is still typing in it.
  document.addEventListener("htmx:afterSettle", () => {
    for (const field of document.querySelectorAll("[data-invalid-with]")) {
      const error = document.getElementById(field.dataset.invalidWith);
      if (error?.textContent) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  });

  // -- Failed requests ----------------------------------------------------------------------------------------------
  // Our own error fragments say where they go (HX-Retarget). Any other error page, a proxy's for instance, has no
  // place inside ours: say in our words that it did not work.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.status === 422) return;
    if (xhr.getResponseHeader("HX-Retarget")) {
      event.detail.selectOverride = "unset"; // the hx-select of who asked is about an answer, not about an error
    } else {
      event.detail.shouldSwap = false;
      say("server-failure");
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => say("network-failure"));
  }
})();
