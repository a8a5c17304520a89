/* Contract review: one finding at a time, decided with one key. Every page works without this file. */
(() => {
  "use strict";

  const NARROW = window.matchMedia("(max-width: 839.98px)");
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");

  const risks = () => Array.from(document.querySelectorAll("[data-risk]"));
  const halves = () => document.querySelector(".halves");
  const behavior = () => (CALM.matches ? "instant" : "smooth");

  function showHalf(name) {
    const root = halves();
    if (!root) return;
    root.dataset.half = name;
    for (const tab of document.querySelectorAll("[data-half-tab]")) {
      const chosen = tab.dataset.halfTab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  function mark(number) {
    for (const hit of document.querySelectorAll(".hit[data-chosen]")) hit.removeAttribute("data-chosen");
    for (const hit of document.querySelectorAll(`.hit[data-finding="${number}"]`)) hit.setAttribute("data-chosen", "");
  }

  function toRisk(risk, { scrollPaper = true } = {}) {
    if (!risk) return;
    if (NARROW.matches) showHalf("review");
    mark(risk.dataset.risk);
    risk.focus({ preventScroll: true });
    risk.scrollIntoView({ block: "nearest", behavior: behavior() });
    const hit = document.querySelector(`.hit[data-finding="${risk.dataset.risk}"]`);
    if (scrollPaper && hit && !NARROW.matches) hit.scrollIntoView({ block: "center", behavior: behavior() });
  }

  function toHit(number) {
    if (NARROW.matches) showHalf("paper");
    mark(number);
    const hit = document.querySelector(`.hit[data-finding="${number}"]`);
    if (!hit) return;
    hit.scrollIntoView({ block: "center", behavior: behavior() });
    hit.focus({ preventScroll: true });
  }

  function current() {
    const inside = document.activeElement && document.activeElement.closest("[data-risk]");
    return inside || risks().find((risk) => risk.dataset.decision === "open") || risks()[0];
  }

  function step(by) {
    const all = risks();
    const here = document.activeElement && document.activeElement.closest("[data-risk]");
    const at = here ? all.indexOf(here) + by : by > 0 ? 0 : all.length - 1;
    toRisk(all[Math.min(all.length - 1, Math.max(0, at))]);
  }

  function press(key) {
    const risk = current();
    if (!risk) return false;
    const opens = risk.querySelector(`[data-key-opens="${key}"]`);
    if (opens) {
      toRisk(risk);
      opens.open = true;
      opens.querySelector("textarea, input").focus();
      return true;
    }
    const button = risk.querySelector(`[data-key="${key}"]`);
    if (!button) return false;
    toRisk(risk);
    button.click();
    return true;
  }

  function isWriting(element) {
    return Boolean(element) && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  }

  // A reason is sent with Enter, a clause has lines of its own and is sent with Ctrl or Cmd held.
  function sendsWithEnter(event, field) {
    if (!isWriting(field)) return false;
    return event.ctrlKey || event.metaKey || (field.name === "note" && !event.shiftKey);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && sendsWithEnter(event, document.activeElement)) {
      const part = document.activeElement.closest("[data-risk] details");
      const sends = part && part.querySelector("[type=submit]");
      if (sends) { event.preventDefault(); sends.click(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && isWriting(document.activeElement)) {
      const risk = document.activeElement.closest("[data-risk]");
      if (risk) { event.preventDefault(); risk.focus(); }
      return;
    }
    if (isWriting(document.activeElement) || !risks().length) return;
    const key = event.key.toLowerCase();
    let done = true;
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "?") {
      const keys = document.querySelector(".keys");
      if (keys) { keys.open = !keys.open; keys.scrollIntoView({ block: "nearest" }); }
    } else if ("aerdo".includes(key) && key.length === 1) done = press(key);
    else done = false;
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-half-tab]");
    if (tab) showHalf(tab.dataset.halfTab);
    const hit = event.target.closest(".hit");
    if (hit) {
      const risk = document.getElementById(`finding-${hit.dataset.finding}`);
      if (risk) { event.preventDefault(); toRisk(risk, { scrollPaper: false }); }
    }
    const quote = event.target.closest("[data-to-hit]");
    if (quote) { event.preventDefault(); toHit(quote.dataset.toHit); }
    const sure = event.target.closest("[data-confirm]");
    if (sure && !window.confirm(sure.dataset.confirm)) event.preventDefault();
  });

  // The card that comes back after a decision keeps the keyboard; its words in the document follow it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const elt = event.detail.elt || event.target;
    const id = (event.detail.requestConfig && event.detail.requestConfig.target || elt).id || "";
    if (!id.startsWith("finding-")) return;
    const risk = document.getElementById(id);
    if (!risk) return;
    for (const hit of document.querySelectorAll(`.hit[data-finding="${risk.dataset.risk}"]`)) {
      hit.dataset.decision = risk.dataset.decision;
    }
    if (risk.querySelector("[role=alert]")) {
      const field = risk.querySelector("details[open] :is(textarea, input)");
      if (field) { field.focus(); return; }
    }
    toRisk(risk);
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("[data-clears]");
    if (form && event.detail.successful) form.reset();
  });

  if (window.location.hash.startsWith("#finding-")) {
    const risk = document.getElementById(window.location.hash.slice(1));
    if (risk) toRisk(risk);
  }
})();
