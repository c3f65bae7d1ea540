"use strict";
// The filterable list of questions. Texts go in as text nodes only, never as markup.
(() => {
  const rows = JSON.parse(document.getElementById("rows").textContent);
  const at = (id) => document.getElementById(id);
  const PAGE = 50, GOOD = ["answered", "rightly abstained"];
  let found = [], shown = 0;

  const make = (tag, name, ...children) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.append(...children);
    return node;
  };
  const text = (tag, name, words) => {
    const node = make(tag, name, words);
    node.dir = "auto";
    return node;
  };
  const badge = (outcome) => make("span", "badge", make("i", "o-" + outcome.replaceAll(" ", "-")), outcome);

  const extract = (item, place) => {
    const words = text("p", "", "");
    for (const [piece, light] of item.p) {
      words.append(light ? make("mark", light === 2 ? "strong" : "", piece) : piece);
    }
    const head = text("h4", "", `${place + 1}. ${item.t} · ${item.at}${item.ok ? " · holds the answer" : ""}`);
    return make("div", item.ok ? "ex ok" : "ex", head, words);
  };

  const details = (row) => {
    const left = make("div"), right = make("div");
    left.append(make("h3", "", "What happened"), text("p", "", row.why));
    if (row.was) left.append(text("p", "dim", "In the base: " + row.was));
    if (row.as) left.append(make("h3", "", "Understood as"), text("p", "", row.as));
    left.append(make("h3", "", "Expected"));
    for (const quote of row.want) left.append(text("blockquote", "", quote));
    if (!row.want.length && !row.in.length) left.append(make("p", "", "No answer: the archive should abstain."));
    if (row.in.length) left.append(text("p", "dim", "in " + row.in.join(", ")));
    left.append(make("h3", "", "Answer words"), text("p", "", row.said || "(abstained)"));
    left.append(text("p", "dim", `confidence ${row.c.toFixed(2)}${row.f1 == null ? "" : " · F1 " + row.f1.toFixed(2)} · ${row.at}`));
    const held = row.o === "below the bar" || row.o === "rightly abstained";
    right.append(make("h3", "", held ? "Held back (nearest)" : "Shown"));
    row.shown.forEach((item, place) => right.append(extract(item, place)));
    if (!row.shown.length) right.append(make("p", "", "Nothing."));
    return make("div", "more", left, right);
  };

  const entry = (row) => {
    const box = make("details"), head = make("summary", "", text("span", "q", row.q), badge(row.o));
    box.append(head);
    box.addEventListener("toggle", () => {
      if (box.open && box.children.length === 1) box.append(details(row));
    });
    return make("li", "", box);
  };

  const more = () => {
    const next = found.slice(shown, shown + PAGE);
    at("list").append(...next.map(entry));
    shown += next.length;
    at("more").hidden = shown >= found.length;
  };

  const haystacks = rows.map((row) =>
    [row.q, row.as, row.id, ...row.want, ...row.in, row.said, ...row.shown.map((item) => item.t)].join(" ").toLowerCase());
  const fits = (row, number, words, outcome) =>
    words.every((word) => haystacks[number].includes(word)) &&
    (!outcome || (outcome === "missed" ? !GOOD.includes(row.o) : outcome === "changed" ? row.was : row.o === outcome));
  const orders = {
    set: () => 0,
    sure: (a, b) => b.c - a.c,
    unsure: (a, b) => a.c - b.c,
    rank: (a, b) => (b.r || 1e9) - (a.r || 1e9),
  };

  const apply = () => {
    const words = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcome = at("outcome").value;
    found = rows.filter((row, number) => fits(row, number, words, outcome)).sort(orders[at("order").value]);
    shown = 0;
    at("list").replaceChildren();
    at("count").textContent = `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} questions`;
    for (const chip of at("chips").querySelectorAll("button")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.outcome === outcome));
    }
    more();
  };

  at("chips").addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    at("outcome").value = at("outcome").value === chip.dataset.outcome ? "" : chip.dataset.outcome;
    apply();
    at("questions").scrollIntoView({ block: "start" });
  });
  at("more").addEventListener("click", more);
  let wait;
  at("search").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(apply, 120); });
  for (const id of ["outcome", "order"]) at(id).addEventListener("change", apply);
  apply();
})();
