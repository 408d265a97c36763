/* Keeps an open page of the preview right. Put into pages as they are served, never into files. */
(() => {
  "use strict";
  const version = document.currentScript.dataset.version;
  const STYLE = `
    :host { all: initial; }
    div { position: fixed; inset: 0 0 auto 0; z-index: 2147483647; box-sizing: border-box;
          max-height: 60vh; overflow: auto; padding: 0.9rem 1.2rem; color: #fff;
          font: 15px/1.45 system-ui, sans-serif; background: #7a1f1f;
          box-shadow: 0 2px 12px rgb(0 0 0 / 40%); }
    div.note { inset: auto 0.6rem 0.6rem auto; padding: 0.3rem 0.7rem; border-radius: 0.4rem;
               background: #333; }
    summary { font-size: 1.1em; font-weight: 600; cursor: pointer; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 0.8rem;
         margin: 0.4rem 0 0; }
    dt { font-weight: 600; }
    dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font-family: monospace; }
    p { margin: 0.5rem 0 0; }`;
  let host = null;
  let source = null;

  const element = (tag, text) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    return made;
  };

  const show = (box) => {
    if (host) host.remove();
    host = null;
    if (!box) return;
    host = element("manuscript-preview");
    host.attachShadow({ mode: "open" }).append(element("style", STYLE), box);
    document.documentElement.append(host);
  };

  const note = (text) => {
    const box = element("div", text);
    box.className = "note";
    box.setAttribute("role", "status");
    return box;
  };

  const problem = ({ what, where, remedy }, building) => {
    const box = element("div");
    const all = element("details");
    const list = element("dl");
    box.setAttribute("role", "alert");
    for (const [name, value] of [["what", what], ["where", where], ["mend", remedy]])
      if (value) list.append(element("dt", name), element("dd", value));
    const rest = building ? "It is being built again." : "Below stands the last good page.";
    all.open = true;
    all.append(element("summary", "The build failed"), list, element("p", rest));
    box.append(all);
    return box;
  };

  const take = (state) => {
    if (state.version !== version) {
      source.close();
      location.reload();
    } else if (state.problem) {
      show(problem(state.problem, state.building));
    } else {
      show(state.building ? note("building …") : null);
    }
  };

  /* A browser allows few open connections to one server: pages out of sight give theirs back. */
  const listen = () => {
    if (source) source.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/.preview/events");
    source.onmessage = (message) => take(JSON.parse(message.data));
    source.onerror = () => show(note("the preview has ended"));
  };

  document.addEventListener("visibilitychange", listen);
  listen();
})();
