// Brings the page to life. Hydration is tried once: where the document is not as the server drew it (a password manager, a
// translator, a proxy), the module begins anew and draws the app into an empty place, as for somebody unknown. Only then is the
// page marked as alive; what does neither is said in words.
(async (js, wasm) => {
  const PATIENCE = 10_000;
  const RELOADED = 'tabkey.reloaded';
  const root = document.documentElement;
  const place = document.getElementById('app');
  const words = document.getElementById('unready');
  if (!place || !words) throw new Error('tabkey: the body of the document has no <Place> around the app');
  let died = false;
  // At once, and once: what is preloaded some browsers fetch again.
  let code = fetch(wasm);
  code.catch(() => undefined);

  const say = () => {
    words.hidden = false;
    delete root.dataset.hydrated;
  };
  const look = (error) => {
    if (error instanceof WebAssembly.RuntimeError) {
      died = true;
      if (root.dataset.hydrated) say();
    }
  };
  addEventListener('error', (event) => look(event.error));
  addEventListener('unhandledrejection', (event) => look(event.reason));
  words.querySelector('button').addEventListener('click', () => location.reload());
  // A browser may be told to run none (iOS in lockdown, Edge in its strict mode).
  if (typeof WebAssembly !== 'object') return say();
  const late = setTimeout(say, PATIENCE);

  // What a module that died has hung on the window would swallow every click.
  const add = EventTarget.prototype.addEventListener;
  const hung = [];
  EventTarget.prototype.addEventListener = function (...listener) {
    if (this === window || this === document) hung.push([this, listener]);
    return add.apply(this, listener);
  };

  // A translator puts elements of its own in the place of texts, and who cleans a page takes the comments away by which the app
  // finds its places. Before the app changes such a node, or reckons from where it stands, the node gets its place back; the
  // translator translates a text anew. What the app itself takes away stays away.
  const replaced = new WeakMap();
  const taken = new WeakMap();
  const dismissed = new WeakSet();
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeName === 'FONT');
    for (const change of changes) {
      for (const node of change.removedNodes) {
        if (node.nodeType === Node.COMMENT_NODE && !dismissed.has(node)) taken.set(node, change);
        const isBeside = (font) => font === change.previousSibling || font === change.nextSibling || [...change.addedNodes].includes(font);
        const font = node.nodeType === Node.TEXT_NODE && added.find(isBeside);
        if (font) replaced.set(node, font);
      }
      for (const node of change.addedNodes) {
        taken.delete(node);
        dismissed.delete(node);
      }
    }
  }).observe(place, { childList: true, subtree: true });
  const restore = (node) => {
    const font = replaced.get(node);
    const change = taken.get(node);
    replaced.delete(node);
    taken.delete(node);
    if (!node || node.isConnected) return;
    if (font && font.isConnected) font.replaceWith(node);
    if (!change || !change.target.isConnected) return;
    const { target, nextSibling: next, previousSibling: previous } = change;
    restore(next);
    restore(previous);
    const isThere = (neighbour) => neighbour && neighbour.parentNode === target;
    target.insertBefore(node, isThere(next) ? next : isThere(previous) ? previous.nextSibling : null);
  };

  // How the app's module reaches the document: the names are those that wasm-bindgen gives its imports.
  const TOUCHES = /^__wbg_(insertBefore|removeChild|remove|parentNode|set_nodeValue)_/;
  const REMOVES = /^__wbg_remove/;
  const watched = ([name, call]) => {
    if (!TOUCHES.test(name)) return [name, call];
    const carefully = (...nodes) => {
      nodes.forEach(restore);
      if (REMOVES.test(name)) nodes.filter((node) => node instanceof Comment).forEach((node) => dismissed.add(node));
      return call(...nodes);
    };
    return [name, carefully];
  };
  const { instantiate, instantiateStreaming } = WebAssembly;
  const careful = (begin) => (code, imports) => {
    const modules = Object.entries(imports || {}).map(([name, calls]) => [name, Object.fromEntries(Object.entries(calls).map(watched))]);
    return begin.call(WebAssembly, code, Object.fromEntries(modules));
  };
  WebAssembly.instantiate = careful(instantiate);
  if (instantiateStreaming) WebAssembly.instantiateStreaming = careful(instantiateStreaming);

  const run = async (address, anew) => {
    const module = await import(address);
    await module.default({ module_or_path: code || fetch(wasm) });
    code = null;
    // An empty place is drawn into. Nobody may have put anything there meanwhile.
    if (anew) place.replaceChildren();
    try {
      module.hydrate();
    } catch (error) {
      look(error);
      died = true;
    }
    // Parts of the page are drawn in tasks of their own.
    await new Promise((done) => setTimeout(done));
    return module;
  };

  // The page belongs to one release of the app and the files to another: the next load brings both.
  const isGone = async () => {
    const answers = [js, wasm].map((file) => fetch(file, { method: 'HEAD' }).then((answer) => answer.status === 404, () => false));
    return (await Promise.all(answers)).includes(true);
  };
  const reloadsOnce = () => {
    try {
      if (sessionStorage.getItem(RELOADED)) return false;
      sessionStorage.setItem(RELOADED, '1');
      location.reload();
      return true;
    } catch {
      return false;
    }
  };

  try {
    const module = await run(js);
    if (died) {
      try {
        module.tabkey_abandon();
      } catch {
        // It holds nothing that could still be let go.
      }
      for (const [target, [name, listener, options]] of hung.splice(0)) target.removeEventListener(name, listener, options);
      died = false;
      await run(`${js}?anew`, true);
    }
    if (died) return say();
    words.hidden = true;
    root.dataset.hydrated = 'true';
    const rules = document.querySelector('meta[name=tabkey]');
    if (rules) rules.remove();
    try {
      sessionStorage.removeItem(RELOADED);
    } catch {
      // Nothing was kept where nothing can be.
    }
  } catch (error) {
    const isMixed = error instanceof WebAssembly.LinkError || (await isGone());
    if (!isMixed || !reloadsOnce()) say();
  } finally {
    clearTimeout(late);
    EventTarget.prototype.addEventListener = add;
    Object.assign(WebAssembly, { instantiate }, instantiateStreaming && { instantiateStreaming });
  }
})(JS_FILE, WASM_FILE);
