/* A frame on another site may have no storage: reading `localStorage` then throws, and the page would
   not be built. This stands in for it, in memory, until the page is left. It runs before all else. */
(() => {
  "use strict";
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      window[name].getItem("quoth");
    } catch {
      const held = new Map();
      const storage = {
        getItem: (key) => (held.has(String(key)) ? held.get(String(key)) : null),
        setItem: (key, value) => { held.set(String(key), String(value)); },
        removeItem: (key) => { held.delete(String(key)); },
        clear: () => held.clear(),
        key: (at) => [...held.keys()][at] ?? null,
        get length() { return held.size; },
      };
      Object.defineProperty(window, name, { value: storage, configurable: true });
    }
  }
})();
