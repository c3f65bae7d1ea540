/* The page's own script: theme, the article beside the chat, copying, names for screen readers.
   It adds behaviour to what the server rendered and never builds HTML from text. */
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const asked = new URLSearchParams(location.search);

  // ---- the language: the server chooses by the same rule (web/language.py)
  const spoken = JSON.parse($('meta[name="q-words"]').content);
  const tags = [asked.get("lang") || "", ...navigator.languages].map((tag) => tag.split("-")[0].toLowerCase());
  const language = tags.find((tag) => tag && spoken[tag]) || spoken[""];
  const words = spoken[language];
  document.documentElement.lang = language;
  const inLanguage = (address) => {  // of what is opened from here; a browser's own needs no word
    const url = new URL(address);
    if (asked.get("lang")) url.searchParams.set("lang", language);
    return url;
  };

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 900px)");
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* no storage here */ } },
  };
  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const setOnce = (node, name, value) => {  // writing an equal value would wake the observer for ever
    if (node && node.getAttribute(name) !== value) node.setAttribute(name, value);
  };

  // ---- light and dark: as the system says, until somebody chooses
  const isDark = () => document.body.classList.contains("dark");
  const chosen = store.get("quoth-theme");
  if (chosen && !/[?&]__theme=/.test(location.search)) document.body.classList.toggle("dark", chosen === "dark");
  const switchTheme = () => {
    const dark = document.body.classList.toggle("dark");
    store.set("quoth-theme", dark ? "dark" : "light");
    const page = frame.contentDocument;
    if (page) page.documentElement.className = dark ? "dark" : "light";
  };

  // ---- inside the frame of another page
  const framed = asked.get("embed") === "1" && parent !== window;
  if (framed) {
    document.body.classList.add("q-embed");
    const color = asked.get("color") || "";
    if (/^#[0-9a-f]{6}$/i.test(color)) {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      const light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179;  // WCAG's relative luminance
      document.body.style.setProperty("--q-brand", color);
      document.body.style.setProperty("--q-brand-ink", light ? "#000" : "#fff");
    }
    addEventListener("message", (event) => {  // who may frame the page is said by its CSP
      if (event.source !== parent || !event.data || event.data.quoth !== "ask") return;
      const box = $("#q-box textarea");
      box.value = String(event.data.question).slice(0, 2000);
      box.dispatchEvent(new Event("input", { bubbles: true }));
      setTimeout(() => $("#q-box .submit-button").click(), 50);
    });
  }

  // ---- the article beside the chat
  const live = make("div", { class: "q-sr", role: "status", "aria-live": "polite", id: "q-live" });
  const newTab = make("a", { id: "q-newtab", target: "_blank", rel: "noopener", href: "#" }, words.newTab);
  const shut = make("button", { id: "q-close", type: "button" }, words.close);
  const frame = make("iframe", { id: "q-frame", title: words.panel });
  const panel = make("section", { id: "q-panel", "aria-label": words.panel },
    make("header", {}, make("h2", {}, words.panel), newTab, shut), frame);
  document.body.append(panel, live);
  let opener = null;
  const onEscape = (event) => {
    if (event.key !== "Escape") return;
    if (document.body.classList.contains("q-reading")) close();
    else if (framed) parent.postMessage({ quoth: "escape" }, "*");  // tells nothing but the key
  };
  const open = (link) => {
    const address = inLanguage(link.href);
    newTab.href = address.href;
    address.searchParams.set("theme", isDark() ? "dark" : "light");
    opener = link;
    frame.contentWindow.location.replace(address.href);  // no entry in the history of the page
    document.body.classList.add("q-reading");
    $("gradio-app").inert = narrow.matches;
    shut.focus();
  };
  const close = () => {
    if (!document.body.classList.contains("q-reading")) return;
    document.body.classList.remove("q-reading");
    $("gradio-app").inert = false;
    frame.contentWindow.location.replace("about:blank");
    (opener && opener.isConnected ? opener : $("#q-box textarea")).focus();
  };
  frame.addEventListener("load", () => {
    const inside = frame.contentDocument;  // none where the browser tells of an error of its own
    if (!inside) return;
    frame.contentWindow.addEventListener("keydown", onEscape);
    const mark = inside.getElementById("hl");
    if (mark && document.body.classList.contains("q-reading")) mark.focus({ preventScroll: true });
  });
  narrow.addEventListener("change", () => {
    $("gradio-app").inert = narrow.matches && document.body.classList.contains("q-reading");
  });

  // ---- copying a quotation with its source
  const copyOld = (text) => {  // navigator.clipboard is missing on plain http, as in many intranets
    const box = make("textarea", { class: "q-sr", readonly: "" });
    box.value = text;
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  };
  const copy = async (button) => {
    const text = button.parentElement.querySelector(".q-citation").textContent;
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch { done = copyOld(text); }
    button.focus();
    const name = button.dataset.name || (button.dataset.name = button.textContent);
    button.textContent = done ? words.copied : name;
    live.textContent = done ? words.copied : words.copyFailed;
    setTimeout(() => { button.textContent = name; live.textContent = ""; }, 2000);
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    const link = at("a.q-open");
    if (link && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      open(link);
    } else if (at(".q-copy")) copy(at(".q-copy"));
    else if (at("#q-close")) close();
    else if (at("#q-theme")) switchTheme();
    else if (at("#q-filter-toggle")) toggleFilters();
    else if (at("#q-new")) {
      close();
      forgetLink();
      $("#q-box textarea").focus();
    }
  });
  document.addEventListener("keydown", onEscape);
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest && event.target.closest("#q-filters");
    if (event.key !== "Escape" || !field || field.querySelector(".options")) return;
    toggleFilters();
    $("#q-filter-toggle").focus();
  });

  // ---- the filters under the box: opened and closed here, chosen and read by the server
  const nameFilters = () => {
    const toggle = $("#q-filter-toggle");
    const chip = $("#q-chip");
    setOnce(toggle, "title", words.filter);
    setOnce(toggle, "aria-expanded", String(document.body.classList.contains("q-filtering")));
    setOnce(toggle, "aria-controls", "q-filters");
    if (chip) setOnce(chip, "aria-label", words.filterClear.replace("{scope}", chip.textContent.replace("✕", "").trim()));
    for (const field of document.querySelectorAll("#q-since input, #q-until input")) {
      setOnce(field, "aria-label", field.closest("label").querySelector("[data-testid=block-info]").textContent.trim());
    }
    for (const token of document.querySelectorAll("#q-filters .token")) {
      const remove = token.querySelector(".token-remove");
      const name = words.filterRemove.replace("{value}", token.textContent.trim());
      setOnce(remove, "title", name);
      setOnce(remove, "aria-label", name);
    }
  };
  const toggleFilters = () => {
    const open = document.body.classList.toggle("q-filtering");
    nameFilters();
    if (open && !narrow.matches) $("#q-filters input").focus();  // on a phone that calls the keyboard
  };

  // ---- names for screen readers; the newest question at the top
  const names = () => {
    for (const [kind, name] of [["user", words.question], ["bot", words.answer]]) {
      // Gradio labels a message with its own source, which would be read out as markup.
      for (const node of document.querySelectorAll(`#q-chat [data-testid="${kind}"]`)) {
        setOnce(node, "role", "group");
        setOnce(node, "aria-label", name);
      }
    }
    for (const name of ["gradio-app main", "#q-chat [role=log]"]) setOnce($(name), "aria-label", words.conversation);
    setOnce($("#q-chat .examples"), "role", "group");  // Gradio says list, of what are buttons
    setOnce($("#q-box textarea"), "aria-label", words.question);
    setOnce($("#q-theme"), "aria-label", words.theme);
    setOnce($("#q-theme"), "title", words.theme);
    nameFilters();
    for (const row of document.querySelectorAll("#q-chat .q-card")) {
      const title = row.querySelector(".q-title").textContent;
      for (const act of row.querySelectorAll(".q-actions a")) setOnce(act, "aria-label", `${act.textContent}: ${title}`);
      const card = row.querySelector(".q-evidence");  // the sanitiser drops targets of our own pages
      if (card) { setOnce(card, "target", "_blank"); setOnce(card, "rel", "noopener"); if (asked.get("lang")) card.href = inLanguage(card.href).href; }
    }
  };
  const forgetLink = () => {  // a ?q= that was asked must not be asked again by a reload
    const address = new URL(location.href);
    const ours = ["q", "since", "until", "author", "source", "language"].filter((name) => address.searchParams.has(name));
    if (!ours.length) return;
    for (const name of ours) address.searchParams.delete(name);
    history.replaceState(null, "", address);
  };
  let shown = 0;
  const toTop = () => {
    const rows = document.querySelectorAll("#q-chat .user-row");
    const log = $("#q-chat .bubble-wrap");
    if (rows.length > shown && narrow.matches) document.body.classList.remove("q-filtering");
    if (rows.length > shown && log) requestAnimationFrame(() => {
      const row = rows[rows.length - 1];
      const top = row.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop - 12;
      log.scrollTo({ top, behavior: still.matches ? "auto" : "smooth" });
    });
    shown = rows.length;
    if (shown) forgetLink();
  };
  let due = false;
  const tidy = () => { due = false; names(); toTop(); document.dispatchEvent(new Event("q-tidy")); };
  new MutationObserver(() => { if (!due) { due = true; requestAnimationFrame(tidy); } })
    .observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] });
  tidy();
})();
