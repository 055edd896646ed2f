// Starts the few modules that a page asks for. Every page works without any of them, so a
// module that cannot be fetched is let go in silence.
for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.trim().split(/\s+/)) {
    // Only our own short names become an address.
    if (!/^[a-z-]+$/.test(name)) continue;
    import(`./${name}.js`).then((module) => module.mount(element)).catch(() => {});
  }
}
