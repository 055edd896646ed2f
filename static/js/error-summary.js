// Takes people who cannot see the page, or see a small part of it, to what went wrong.
export function mount(element) {
  element.focus();
}
