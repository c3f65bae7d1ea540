/* Votes on extracts: what somebody thinks of one, why, and which words would have been right.
   The server keeps them; this only says of which extract. Nothing here builds HTML from text. */
(() => {
  "use strict";
  if (!document.querySelector('meta[name="q-feedback"]')) return;
  const words = JSON.parse(document.querySelector('meta[name="q-words"]').content)[document.documentElement.lang];
  const MOST_PICKED = 2000;
  const KEPT = "quoth-votes";
  const $ = (selector) => document.querySelector(selector);
  const make = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const setOnce = (node, name, value) => { if (node.getAttribute(name) !== value) node.setAttribute(name, value); };

  // ---- this browser's votes, so that a second thought replaces the first
  let mine = new Map();
  try { mine = new Map(JSON.parse(localStorage.getItem(KEPT) || "[]")); } catch { /* no storage here, or none of ours */ }
  const remember = (key, vote) => {
    mine.delete(key);
    mine.set(key, vote);
    while (mine.size > 200) mine.delete(mine.keys().next().value);
    try { localStorage.setItem(KEPT, JSON.stringify([...mine])); } catch { /* it lasts as long as the page */ }
  };
  const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // ---- which extract it is about: the evidence link says it all but the questions before
  const evidence = (card) => card.querySelector(".q-evidence");
  const keyOf = (card) => evidence(card).getAttribute("href").replace(/[?&]lang=[^&]*/, "");
  const before = (reply) => {
    if (!reply.querySelector(".q-understood")) return [];
    const asked = [...document.querySelectorAll("#q-chat .q-asked")]
      .filter((node) => node.compareDocumentPosition(reply) & Node.DOCUMENT_POSITION_FOLLOWING);
    return asked.slice(0, -1).slice(-30).map((node) => node.textContent.trim()).filter(Boolean);
  };
  const about = (card) => {
    const link = new URL(evidence(card).href);
    const given = link.searchParams;
    return {
      question: given.get("q"),
      history: before(card.closest(".q-reply")),
      article: decodeURIComponent(link.pathname.split("/").pop()),
      fingerprint: given.get("v"),
      spans: given.getAll("m").map((place) => place.split("-").map(Number)),
    };
  };
  const say = (text, card) => {
    $("#q-live").textContent = text;
    const status = card.querySelector(".q-said-so");
    if (status) status.textContent = text;
  };
  const send = async (card, change) => {
    const key = keyOf(card);
    const vote = { ...(mine.get(key) || { vote: newId() }), ...change };
    let done = false;
    try {
      const answer = await fetch("api/feedback", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...about(card), ...vote }),
      });
      done = answer.ok;
    } catch { /* the server cannot be reached */ }
    if (done) remember(key, vote);
    show();
    say(done ? (vote.verdict === "none" ? words.voteWithdrawn : words.voteNoted) : words.voteFailed, card);
    return done;
  };

  // ---- the two buttons, and the form that asks why
  const show = () => {
    for (const card of document.querySelectorAll("#q-chat .q-card")) {
      const vote = mine.get(keyOf(card));
      for (const button of card.querySelectorAll(".q-vote")) {
        const verdict = button.classList.contains("q-up") ? "up" : "down";
        setOnce(button, "aria-label", button.title);
        setOnce(button, "aria-pressed", String(Boolean(vote && vote.verdict === verdict)));
      }
    }
  };
  const form = (card, verdict) => {
    const reason = make("input", { type: "text", maxlength: "500" });
    const status = make("span", { class: "q-said-so" });
    const node = make("form", { class: "q-why" }, make("label", {}, words.voteReason, reason),
      make("button", { type: "submit" }, words.voteSend));
    if (verdict === "down") node.append(make("button", { type: "button", class: "q-pick" }, words.votePick));
    node.append(status);
    node.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await send(card, { reason: reason.value })) reason.value = "";
    });
    return node;
  };
  const press = async (button) => {
    const card = button.closest(".q-card");
    const verdict = button.classList.contains("q-up") ? "up" : "down";
    const taken = button.getAttribute("aria-pressed") === "true";
    for (const old of card.querySelectorAll(".q-why")) old.remove();
    if (!taken) card.querySelector(".q-source").after(form(card, verdict));
    // Another verdict is another thought: why, and what would be right, are asked anew.
    await send(card, { verdict: taken ? "none" : verdict, reason: "", right: null });
  };

  // ---- picking the right words in an article
  let picking = null;
  const use = make("button", { type: "button", id: "q-use" }, words.voteUse);
  const how = make("p", { id: "q-how", role: "status" });
  $("#q-panel header h2").after(use);
  $("#q-panel header").after(how);
  const stop = () => {
    picking = null;
    document.body.classList.remove("q-picking");
  };
  const pick = (card) => {
    picking = card;
    how.textContent = words.votePickHow;
    document.body.classList.add("q-picking");
    card.querySelector(".q-open").click();
  };
  const picked = () => {
    const page = $("#q-frame").contentDocument;
    const text = page && page.querySelector(".q-text");
    const selection = page && page.getSelection();
    if (!text || !selection.rangeCount || !text.contains(selection.getRangeAt(0).commonAncestorContainer)) return null;
    const range = selection.getRangeAt(0);
    const lead = page.createRange();
    lead.selectNodeContents(text);
    lead.setEnd(range.startContainer, range.startOffset);
    const chosen = range.toString();
    const trimmed = chosen.trim();
    // The page's text is the stored text; offsets count code points, as everywhere.
    const start = [...lead.toString()].length + [...chosen.slice(0, chosen.indexOf(trimmed))].length;
    const length = [...trimmed].length;
    if (!length || length > MOST_PICKED) return null;
    const address = new URL(page.URL);
    return {
      article: decodeURIComponent(address.pathname.split("/").pop()),
      fingerprint: address.searchParams.get("v"), start, end: start + length,
    };
  };
  const usePicked = async () => {
    const right = picked();
    if (!right) { how.textContent = words.voteNone; return; }
    const card = picking;
    if (!(await send(card, { verdict: "down", right }))) { how.textContent = words.voteFailed; return; }
    stop();
    $("#q-close").click();
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at(".q-vote")) press(at(".q-vote"));
    else if (at(".q-pick")) pick(at(".q-card"));
    else if (at("#q-use")) usePicked();
    else if (at("#q-close") || at("#q-new")) stop();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
  document.addEventListener("q-tidy", show);
  document.body.classList.add("q-voting");
  show();
})();
