// Brings the page to life. Hydration is tried once: where the document is not as the server drew it (a password manager, a
// translator, a proxy), the module begins anew and draws the app into an empty place, as for somebody unknown. Only then is the
// page marked as alive; what does neither is said in words.
(async (js, wasm) => {
  const PATIENCE = 10_000;
  const RELOADED = 'tabkey.reloaded';
  const root = document.documentElement;
  const place = document.getElementById('app');
  const words = document.getElementById('unready');
  let died = false;

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
  // translator translates a text anew.
  const replaced = new WeakMap();
  const taken = new WeakMap();
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node.nodeName === 'FONT');
    for (const change of changes) {
      for (const node of change.removedNodes) {
        if (node.nodeType === Node.COMMENT_NODE) taken.set(node, change);
        const isBeside = (font) => font === change.previousSibling || font === change.nextSibling || [...change.addedNodes].includes(font);
        const font = node.nodeType === Node.TEXT_NODE && added.find(isBeside);
        if (font) replaced.set(node, font);
      }
    }
  }).observe(place, { childList: true, subtree: true });
  const { get: parentOf } = Object.getOwnPropertyDescriptor(Node.prototype, 'parentNode');
  const insert = Node.prototype.insertBefore;
  const restore = (node) => {
    const font = replaced.get(node);
    const change = taken.get(node);
    replaced.delete(node);
    taken.delete(node);
    if (!node || node.isConnected) return;
    if (font?.isConnected) font.replaceWith(node);
    if (!change?.target.isConnected) return;
    const { target, nextSibling: next, previousSibling: previous } = change;
    restore(next);
    restore(previous);
    const isThere = (neighbour) => neighbour && parentOf.call(neighbour) === target;
    insert.call(target, node, isThere(next) ? next : isThere(previous) ? previous.nextSibling : null);
  };
  Object.defineProperty(Node.prototype, 'parentNode', {
    configurable: true,
    enumerable: true,
    get() {
      if (this.nodeType === Node.COMMENT_NODE) restore(this);
      return parentOf.call(this);
    },
  });
  const { set: setValue, get: getValue } = Object.getOwnPropertyDescriptor(Node.prototype, 'nodeValue');
  Object.defineProperty(Node.prototype, 'nodeValue', {
    configurable: true,
    enumerable: true,
    get: getValue,
    set(value) {
      restore(this);
      setValue.call(this, value);
    },
  });
  const before = (prototype, name) => {
    const change = prototype[name];
    prototype[name] = function (...nodes) {
      restore(this);
      nodes.forEach(restore);
      return change.apply(this, nodes);
    };
  };
  before(Node.prototype, 'insertBefore');
  before(Node.prototype, 'removeChild');
  before(CharacterData.prototype, 'remove');

  const run = async (address, begin) => {
    const module = await import(address);
    await module.default({ module_or_path: wasm });
    try {
      module[begin]();
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
    const module = await run(js, 'hydrate');
    if (died) {
      try {
        module.abandon();
      } catch {
        // It holds nothing that could still be let go.
      }
      for (const [target, [name, listener, options]] of hung.splice(0)) target.removeEventListener(name, listener, options);
      place.replaceChildren();
      died = false;
      await run(`${js}?anew`, 'mount');
    }
    if (died) return say();
    words.hidden = true;
    root.dataset.hydrated = 'true';
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
  }
})(JS_FILE, WASM_FILE);
