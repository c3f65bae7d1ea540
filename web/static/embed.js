/* Quoth on another page, with one tag:
     <script src="https://HOST/quoth/embed.js" data-title="Ask the archive" defer></script>
   A button opens the chat in a frame that is made on the first click. With data-target="#id" the chat
   stands inside that element instead. Nothing is asked of any host but the script's own, nothing of
   the page is read, and its styles and ours do not meet (shadow root, constructable style sheet). */
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag || window.Quoth) return;
  const home = new URL(".", tag.src);
  const given = tag.dataset;
  const labels = {
    en: ["Ask the archive", "Close"], de: ["Das Archiv fragen", "Schließen"], fr: ["Interroger l’archive", "Fermer"],
    es: ["Preguntar al archivo", "Cerrar"], ko: ["보관소에 묻기", "닫기"],
  };
  const tags = [given.lang || "", ...navigator.languages].map((each) => each.split("-")[0].toLowerCase());
  const ours = labels[tags.find((each) => Object.hasOwn(labels, each)) || "en"];
  const title = given.title || ours[0];
  const closeLabel = given.closeLabel || ours[1];
  const side = given.position === "left" ? "left" : "right";
  const color = /^#[0-9a-f]{6}$/i.test(given.color || "") ? given.color : "";
  const make = (name, attributes) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  // Black or white words, whichever is further from the colour (WCAG's relative luminance).
  const inkOn = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  // ---- the frame
  const address = (question) => {
    const url = new URL(home);
    url.searchParams.set("embed", "1");
    if (given.theme === "light" || given.theme === "dark") url.searchParams.set("__theme", given.theme);
    if (given.lang) url.searchParams.set("lang", given.lang);
    if (color) url.searchParams.set("color", color);
    if (question) url.searchParams.set("q", question);
    return url.href;
  };
  let frame = null;
  let loaded = false;
  const frameIn = (box, question) => {
    frame = make("iframe", { title, allow: "clipboard-write", src: address(question) });
    frame.addEventListener("load", () => { loaded = true; });
    box.append(frame);
  };
  const pass = (question) => {
    if (loaded) frame.contentWindow.postMessage({ quoth: "ask", question }, home.origin);
    else frame.src = address(question);
  };
  const fromFrame = (event) => frame && event.source === frame.contentWindow && event.origin === home.origin;

  const host = make("div", {});
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  root.adoptedStyleSheets = [sheet];

  // ---- inside an element of the page
  const inline = (target) => {
    const height = /^\d{3,4}$/.test(given.height || "") ? given.height : "640";
    sheet.replaceSync(
      `:host{all:initial;display:block}iframe{border:0;width:100%;height:${height}px;display:block;` +
      "border-radius:12px;color-scheme:normal}");
    target.append(host);
    frameIn(root);
    return { ask: (question) => { host.scrollIntoView({ block: "nearest" }); pass(String(question)); frame.focus(); },
      open: () => frame.focus(), close: () => {} };
  };

  // ---- a button over the page
  const floating = () => {
    const paint = color || "#8c2f1b";
    sheet.replaceSync(`
      :host{all:initial}
      button{position:fixed;z-index:2147483000;bottom:20px;${side}:20px;display:flex;align-items:center;gap:.55em;
        min-height:48px;padding:0 20px;border:1px solid transparent;border-radius:24px;cursor:pointer;
        font:600 15px/1.2 system-ui,sans-serif;background:${paint};color:${inkOn(paint)};box-shadow:0 6px 22px -6px #0007}
      button:focus-visible{outline:3px solid ${inkOn(paint)};outline-offset:-6px}
      button:hover{filter:brightness(1.08)}
      section{position:fixed;z-index:2147483000;bottom:80px;${side}:20px;width:min(430px,calc(100vw - 40px));
        height:min(690px,calc(100dvh - 104px));border-radius:14px;overflow:hidden;background:Canvas;
        box-shadow:0 18px 54px -12px #0008;display:none}
      section.on{display:block}
      iframe{border:0;width:100%;height:100%;display:block;color-scheme:normal}
      @media(max-width:520px){section{inset:0 0 64px;width:auto;height:auto;border-radius:0}button{bottom:8px}}
      @media(forced-colors:active){button{border-color:ButtonText}}
      @media print{:host{display:none}button,section{display:none!important}}`);
    const button = make("button", { type: "button", "aria-expanded": "false", "aria-controls": "panel" });
    const panel = make("section", { id: "panel", role: "dialog", "aria-label": title });
    button.textContent = title;
    root.append(panel, button);
    document.body.append(host);
    const isOpen = () => panel.classList.contains("on");
    const open = (question) => {
      panel.classList.add("on");
      button.setAttribute("aria-expanded", "true");
      button.textContent = closeLabel;
      if (!frame) frameIn(panel, question);
      else if (question) pass(question);
      frame.focus();
    };
    const close = () => {
      if (!isOpen()) return;
      panel.classList.remove("on");
      button.setAttribute("aria-expanded", "false");
      button.textContent = title;
      button.focus();
    };
    button.addEventListener("click", () => (isOpen() ? close() : open("")));
    addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
    addEventListener("message", (event) => { if (fromFrame(event) && event.data && event.data.quoth === "escape") close(); });
    return { ask: (question) => open(String(question)), open: () => open(""), close };
  };

  const find = (selector) => {  // what is no selector matches nothing: the button is there all the same
    try { return document.querySelector(selector); } catch { return null; }
  };
  const start = () => {
    const target = given.target && find(given.target);
    if (given.target && !target) console.warn(`Quoth: nothing on this page matches data-target="${given.target}"`);
    window.Quoth = Object.freeze(target ? inline(target) : floating());
    // The page's own links and buttons: <a href="…" data-quoth-ask="When does it leave?">
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest("[data-quoth-ask]");
      if (!link) return;
      event.preventDefault();
      window.Quoth.ask(link.dataset.quothAsk);
    });
  };
  if (document.body) start();
  else addEventListener("DOMContentLoaded", start);
})();
