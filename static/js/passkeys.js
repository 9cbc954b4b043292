// Around the sign-in library's scripts for passkeys: shows their buttons where the browser can make passkeys, says
// in words what went wrong, and carries "keep me signed in" over to the form that a passkey is sent with.
"use strict";

(() => {
  if (window.PublicKeyCredential) {
    for (const element of document.querySelectorAll("[data-passkeys]")) element.hidden = false;
    for (const element of document.querySelectorAll("[data-no-passkeys]")) element.hidden = true;
  }

  const remember = document.getElementById("id_remember");
  const carried = document.querySelector("input[data-remember]");
  if (remember && carried) {
    const carry = () => { carried.value = remember.checked ? "on" : ""; };
    remember.addEventListener("change", carry);
    window.addEventListener("pageshow", carry);
    carry();
  }

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    const known = event.detail.exception?.name === "InvalidStateError";
    const template = document.getElementById(known ? "passkey-known" : "passkey-failed");
    if (template) document.getElementById("messages")?.replaceChildren(template.content.cloneNode(true));
  });
})();
