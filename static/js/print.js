// Adds a button that prints; without a script, people use their browser's own.
export function mount(element) {
  element.hidden = false;
  element.addEventListener("click", () => window.print());
}
