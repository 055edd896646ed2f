const WINDOW = 5000; // milliseconds in which a second press is a slip of the finger

// Ignores the second half of a double press. The button is never disabled: a disabled
// button would still be dead when the browser shows this page again after Back. Another
// button of the same form (Back, a suggestion) is a new wish, so it goes through.
export function mount(form) {
  let pressed = null;
  let at = -WINDOW;

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (event.submitter === pressed && event.timeStamp - at < WINDOW) {
      event.preventDefault();
      return;
    }
    pressed = event.submitter;
    at = event.timeStamp;
  });

  window.addEventListener("pageshow", () => {
    pressed = null;
    at = -WINDOW;
  });
}
