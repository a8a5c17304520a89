/* Behaviour of the pages. Everything works without this file, only less comfortably.
 *
 * 1  what is found on the page        4  answers that arrive in pieces
 * 2  the three places                 5  requests that fail
 * 3  asking                           6  small components for Alpine
 */
(() => {
  "use strict";

  /* 1 — what is found on the page */

  const NARROW = window.matchMedia("(max-width: 839.98px)"); // tabs
  const MEDIUM = window.matchMedia("(max-width: 1199.98px)"); // evidence as a drawer
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
  const LOST_AFTER = 4; // failed attempts in a row before a stream is given up

  const byId = (id) => document.getElementById(id);
  const work = () => byId("work");
  const question = () => byId("question");
  const pendingTurn = () => document.querySelector(".turn[data-pending]");

  function fromTemplate(id) {
    const template = byId(id);
    return template ? template.content.cloneNode(true) : document.createDocumentFragment();
  }

  function say(what) {
    const announcer = byId("announcer");
    const text = work() && work().dataset[what];
    if (!announcer || !text) return;
    announcer.textContent = "";
    window.setTimeout(() => { announcer.textContent = text; }, 50);
  }

  /* 2 — the three places */

  const kept = {}; // how far each place was scrolled, on a phone
  let openedFrom = null; // the link that brought the evidence up; focus goes back to it

  function tabs() {
    return Array.from(document.querySelectorAll(".places__tab"));
  }

  function showPlace(name, { focus = false } = {}) {
    const root = work();
    if (!root) return;
    if (NARROW.matches && root.dataset.place !== name) {
      kept[root.dataset.place] = window.scrollY;
      root.dataset.place = name;
      window.scrollTo({ top: kept[name] || 0, behavior: "instant" });
    }
    root.dataset.place = name;
    for (const tab of tabs()) {
      const chosen = tab.dataset.place === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) tab.focus();
    }
  }

  function evidenceIsOpen() {
    return NARROW.matches ? work().dataset.place === "evidence" : work().dataset.evidence === "open";
  }

  function setEvidence(state) {
    const root = work();
    if (!root) return;
    root.dataset.evidence = state;
    for (const button of document.querySelectorAll(".work__evidence")) {
      button.setAttribute("aria-expanded", String(state === "open"));
    }
  }

  function openEvidence() {
    setEvidence("open");
    if (NARROW.matches) showPlace("evidence");
  }

  function closeEvidence() {
    if (NARROW.matches) showPlace("work");
    else setEvidence("closed");
    for (const link of document.querySelectorAll("[data-opened]")) link.removeAttribute("data-opened");
    const target = openedFrom && openedFrom.isConnected ? openedFrom : null;
    openedFrom = null;
    if (target) target.focus({ preventScroll: !NARROW.matches });
  }

  function markOpened(link) {
    for (const other of document.querySelectorAll("[data-opened]")) other.removeAttribute("data-opened");
    if (!link) return;
    link.setAttribute("data-opened", "");
    openedFrom = link;
  }

  function nameTabPanels() {
    // Landmarks on a wide screen, tab panels on a phone.
    for (const tab of tabs()) {
      const panel = byId(tab.getAttribute("aria-controls"));
      if (!panel) continue;
      if (NARROW.matches) {
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
      } else {
        panel.removeAttribute("role");
        panel.removeAttribute("aria-labelledby");
      }
    }
  }

  /* 3 — asking */

  function fit(area) {
    if (!area || (window.CSS && CSS.supports("field-sizing", "content"))) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  function fillQuestion(text) {
    const area = question();
    if (!area) return;
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function problem(which) {
    const line = document.querySelector(".composer__problem");
    if (!line) return;
    line.textContent = which ? line.dataset[which] : "";
    line.hidden = !which;
  }

  function sending() {
    const form = byId("ask");
    const button = form && form.querySelector(".composer__send");
    if (button) button.setAttribute("aria-disabled", String(Boolean(pendingTurn())));
    const transcript = byId("transcript");
    if (transcript) transcript.setAttribute("aria-busy", String(Boolean(pendingTurn())));
  }

  function askAgain(button) {
    const turn = button.closest(".turn");
    const asked = turn && turn.querySelector(".question__text");
    if (asked) fillQuestion(asked.innerText);
    const area = question();
    if (area) area.focus();
    else window.location.reload();
  }

  /* 4 — answers that arrive in pieces */

  let following = true; // the reader is at the end and wants to stay there
  let stopPressed = false;
  const failures = new WeakMap(); // stream element → failed attempts in a row

  function atTheEnd() {
    const page = document.documentElement;
    return window.innerHeight + window.scrollY >= page.scrollHeight - 160;
  }

  function topEdge() {
    const bar = NARROW.matches ? document.querySelector(".places") : document.querySelector(".masthead");
    return bar ? bar.getBoundingClientRect().bottom : 0;
  }

  function scrollToEnd(smooth) {
    const behavior = smooth && !CALM.matches ? "smooth" : "instant";
    window.scrollTo({ top: document.documentElement.scrollHeight, behavior });
  }

  function scrollToTurn(turn) {
    const top = window.scrollY + turn.getBoundingClientRect().top - topEdge() - 16;
    window.scrollTo({ top: Math.max(0, top), behavior: "instant" });
  }

  // Follow the writing, but never push the question of this turn out of sight.
  let queued = false;
  function follow() {
    if (!following || queued) return;
    queued = true;
    window.requestAnimationFrame(() => {
      queued = false;
      const turn = pendingTurn();
      if (turn && turn.getBoundingClientRect().top > topEdge() + 24) {
        const room = turn.getBoundingClientRect().top - topEdge() - 16;
        const rest = document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
        window.scrollBy({ top: Math.min(room, rest), behavior: "instant" });
      }
      offerLatest();
    });
  }

  function offerLatest() {
    const button = document.querySelector("[data-latest]");
    if (!button) return;
    const last = Array.from(document.querySelectorAll(".turn")).pop();
    button.hidden = !last || atTheEnd() || last.getBoundingClientRect().top < window.innerHeight - 200;
  }

  function finish(turn, how) {
    if (!turn) return;
    turn.removeAttribute("data-pending");
    sending();
    problem("");
    const answer = turn.querySelector("[data-answer]");
    const stopped = answer && answer.dataset.outcome === "stopped";
    say(how === "failed" ? "sayFailed" : stopped ? "sayStopped" : "sayReady");
    // The Stop button is gone; whoever pressed it would be left nowhere.
    if (stopPressed && question()) question().focus({ preventScroll: true });
    stopPressed = false;
    offerLatest();
  }

  document.addEventListener("htmx:sseBeforeMessage", () => { follow(); });

  document.addEventListener("htmx:sseMessage", (event) => {
    const { type, target: source } = event.detail;
    const stream = event.target.closest("[sse-connect]");
    if (stream) failures.set(stream, 0);
    const trouble = stream && stream.querySelector("[data-trouble]");
    if (trouble) trouble.hidden = true;
    if (type === "done" || type === "failed") {
      if (source && source.close) source.close();
      finish(stream && stream.closest(".turn"), type);
    } else {
      follow();
    }
  });

  document.addEventListener("htmx:sseError", (event) => {
    const stream = event.target;
    const turn = stream.closest(".turn");
    const source = event.detail.source;
    if (!turn || !turn.hasAttribute("data-pending")) {
      if (source) source.close();
      return;
    }
    const count = (failures.get(stream) || 0) + 1;
    failures.set(stream, count);
    const trouble = stream.querySelector("[data-trouble]");
    if (trouble && trouble.hidden) {
      trouble.hidden = false;
      say("sayLost");
    }
    if (count >= LOST_AFTER) {
      if (source) source.close();
      // Taking the element away is what makes the extension give up for good.
      const place = document.createElement("div");
      place.className = "turn__answer";
      place.append(fromTemplate("connection-error"));
      window.htmx.remove(stream);
      turn.append(place);
      finish(turn, "failed");
    }
  });

  /* 5 — requests that fail */

  function isDocument(text) {
    return /^\s*<!doctype/i.test(text || "");
  }

  function showFault() {
    const fault = document.querySelector("#transcript > .fault:last-child");
    if (fault) fault.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  function putFault(target, id) {
    if (!target) return;
    if (target.id === "transcript") {
      target.append(fromTemplate(id));
      showFault();
    } else if (target.id === "evidence") {
      target.replaceChildren(fromTemplate(id));
    } else {
      const place = byId("transcript") || byId("main");
      if (place) place.append(fromTemplate(id));
    }
  }

  // The middle of an error page, in the shape of `ui/_error.html`.
  function asFragment(failure) {
    const fault = document.createElement("section");
    fault.className = "fault";
    fault.setAttribute("role", "alert");
    const heading = document.createElement("h3");
    heading.className = "fault__title";
    heading.textContent = failure.querySelector("h1").textContent;
    fault.append(heading, ...failure.querySelectorAll(".lead, .advice"));
    return fault;
  }

  function clearFaults() {
    const transcript = byId("transcript");
    if (transcript) for (const fault of transcript.querySelectorAll(":scope > .fault")) fault.remove();
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (elt.id === "ask") {
      const area = question();
      const wrong = pendingTurn() ? "busy" : area && !area.value.trim() ? "empty" : "";
      problem(wrong);
      if (wrong) {
        event.preventDefault();
        if (area) area.focus();
        return;
      }
      clearFaults();
      following = true;
    }
    if (target && target.id === "evidence") {
      markOpened(elt);
      openEvidence();
      target.replaceChildren(fromTemplate("evidence-loading"));
      const pane = target.closest(".evidence");
      if (pane) pane.scrollTop = 0;
    }
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (!isDocument(event.detail.serverResponse)) return;
    if (xhr.status < 400) {
      // A page where a part was expected: the session has ended and this is the sign-in page.
      event.detail.shouldSwap = false;
      putFault(target, "signed-out");
      return;
    }
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const failure = page.querySelector(".failure");
    if (failure) {
      event.detail.serverResponse = asFragment(failure).outerHTML;
    } else {
      event.detail.shouldSwap = false;
      putFault(target, "connection-error");
    }
  });

  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => { putFault(event.detail.target, "connection-error"); });
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (elt.id !== "ask") return;
    const turn = pendingTurn() || document.querySelector(".turn:last-of-type");
    const failed = !successful || document.querySelector("#transcript > .fault");
    if (turn && !failed) {
      fillQuestion("");
      for (const intro of document.querySelectorAll(".intro")) intro.remove();
      scrollToEnd(true);
    } else {
      showFault();
    }
    sending();
    follow();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = event.detail;
    if (!target || target.id !== "evidence") return;
    const heading = target.querySelector("#evidence-title, .fault__title");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    const mark = target.querySelector("mark");
    const pane = target.closest(".evidence");
    if (!mark || !pane) return;
    const below = mark.getBoundingClientRect().bottom - pane.getBoundingClientRect().bottom;
    if (below > 0 && !NARROW.matches) pane.scrollTop += below + 48;
  });

  /* Clicks on what the server sent, now or later */

  async function toClipboard(text) {
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const area = document.createElement("textarea"); // plain http inside a company network
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  // A copy keeps its sources and its label: whoever reads it elsewhere must be able to check it.
  function copyText(answer) {
    const body = answer.querySelector("[data-copy-body]");
    const sources = Array.from(answer.querySelectorAll("[data-copy-source]"), (item) => item.dataset.copySource);
    const label = answer.querySelector("[data-copy-label]");
    const clone = body.cloneNode(true);
    for (const cite of clone.querySelectorAll(".cite")) cite.textContent = `[${cite.textContent.trim()}]`;
    clone.className = "visually-hidden";
    document.body.append(clone); // innerText needs to be laid out to keep paragraphs
    const text = clone.innerText.trim();
    clone.remove();
    return [text, sources.join("\n"), label ? label.innerText.trim() : ""].filter(Boolean).join("\n\n");
  }

  async function copy(button) {
    const answer = button.closest("[data-answer]");
    if (!answer) return;
    await toClipboard(copyText(answer));
    const text = button.querySelector("[data-copy-text]");
    const before = text.textContent;
    if (before === text.dataset.done) return;
    text.textContent = text.dataset.done;
    say("sayCopied");
    window.setTimeout(() => { text.textContent = before; }, 2000);
  }

  const clicks = {
    "[data-copy]": (button) => { copy(button); },
    "[data-close-evidence]": () => { closeEvidence(); },
    "[data-stop]": () => { stopPressed = true; },
    "[data-ask-again]": (button) => { askAgain(button); },
    "[data-reload]": () => { window.location.reload(); },
    "[data-latest]": () => { scrollToEnd(true); },
    "[data-example]": (button) => { fillQuestion(button.value); },
  };

  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const found = event.target.closest(selector);
      if (found) act(found);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  }, true);

  function isWriting(element) {
    return Boolean(element) && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isWriting(document.activeElement) || !question()) return;
    event.preventDefault();
    showPlace("work");
    question().focus();
  });

  /* 6 — small components for Alpine */

  document.addEventListener("alpine:init", () => {
    const { Alpine } = window;

    Alpine.data("workspace", () => ({
      init() {
        if (MEDIUM.matches) setEvidence("closed");
        nameTabPanels();
        NARROW.addEventListener("change", nameTabPanels);
        MEDIUM.addEventListener("change", () => { setEvidence(MEDIUM.matches ? "closed" : "open"); });
        window.addEventListener("scroll", () => { following = atTheEnd(); offerLatest(); }, { passive: true });
        sending();
        const last = Array.from(document.querySelectorAll(".turn")).pop();
        if (last && !window.location.hash) scrollToTurn(last);
        offerLatest();
      },
      choose(event) { showPlace(event.currentTarget.dataset.place); },
      arrows(event) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        const all = tabs();
        const here = all.indexOf(document.activeElement);
        showPlace(all[(here + step + all.length) % all.length].dataset.place, { focus: true });
      },
      toggleEvidence() {
        if (evidenceIsOpen()) closeEvidence();
        else openEvidence();
      },
      escape(event) {
        if (event.defaultPrevented || document.querySelector("details.menu[open]")) return;
        const closable = NARROW.matches || MEDIUM.matches || document.querySelector("#evidence [data-passage]");
        if (closable && evidenceIsOpen()) closeEvidence();
      },
    }));

    Alpine.data("composer", () => ({
      init() {
        this.measure();
        const key = this.$root.querySelector("[data-command]");
        if (key && /Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = "⌘";
      },
      measure() {
        const area = this.$refs.text;
        fit(area);
        if (area.value.trim()) problem("");
        const count = this.$refs.count;
        if (!count) return;
        const limit = Number(count.dataset.limit);
        count.hidden = area.value.length < limit * 0.8;
        count.textContent = `${area.value.length} / ${limit}`;
      },
      submit(event) {
        event.preventDefault();
        this.$root.requestSubmit();
      },
    }));

    Alpine.data("masthead", () => ({
      expanded: false,
      toggle() { this.expanded = !this.expanded; },
    }));

    Alpine.data("menu", () => ({
      close(event) {
        if (!this.$root.open) return;
        event.preventDefault();
        this.$root.open = false;
        this.$root.querySelector("summary").focus();
      },
      leave(event) {
        if (event.relatedTarget && !this.$root.contains(event.relatedTarget)) this.$root.open = false;
      },
    }));

    Alpine.data("reveal", () => ({
      toggle(event) {
        const input = this.$root.querySelector("input");
        const shown = input.type === "text";
        input.type = shown ? "password" : "text";
        event.currentTarget.setAttribute("aria-pressed", String(!shown));
      },
    }));

    Alpine.data("theme", () => ({
      choose(event) {
        const { value } = event.currentTarget;
        const dated = value === "auto" ? 0 : 31536000;
        document.cookie = `sunmao_theme=${value}; path=/; max-age=${dated}; samesite=lax`;
        if (value === "auto") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = value;
        for (const button of this.$root.querySelectorAll("button")) {
          button.setAttribute("aria-pressed", String(button.value === value));
        }
      },
    }));
  });

  document.addEventListener("DOMContentLoaded", () => {
    const cited = document.querySelector("[data-scroll-to-mark] mark");
    if (cited && !window.location.hash) cited.scrollIntoView({ block: "center" });
  });
})();
