/* Passkeys: hands our forms to django-allauth's script, and says what happened when none was used.
 *
 * A form names what it is for in `data-passkey` (login, authenticate, add) and carries the server's options in
 * `data-options`. Without this browser's support the button goes: nobody should press it in vain.
 */
(() => {
  "use strict";

  const forms = () => Array.from(document.querySelectorAll("[data-passkey]"));

  function begin(form) {
    const ids = { credential: "passkey-credential", passwordless: "id_passwordless" };
    ids[form.dataset.passkey] = "passkey-button";
    const data = form.dataset.options ? JSON.parse(form.dataset.options) : {};
    window.allauth.webauthn.forms[`${form.dataset.passkey}Form`]({ ids, data });
  }

  function withdraw(form) {
    form.querySelector("#passkey-button").hidden = true;
    const told = form.querySelector("[data-passkey-unsupported]");
    if (told) told.hidden = false;
  }

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault(); // a person who closes the window has done nothing wrong
    for (const form of forms()) form.querySelector(".passkey__error").hidden = false;
  });

  document.addEventListener("DOMContentLoaded", () => {
    const supported = window.PublicKeyCredential && navigator.credentials;
    for (const form of forms()) (supported ? begin : withdraw)(form);
  });
})();
