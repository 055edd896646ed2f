// Keeps the letter on the page in step with what the person writes and chooses. The letter
// is no live region: hearing it again at every key would make writing impossible.
export function mount(form) {
  const letter = document.querySelector("[data-composer-letter]");
  const words = form.querySelector("[data-composer-words]");
  const message = form.querySelector("[data-composer-ask-message]");
  const asks = [...form.querySelectorAll("[data-composer-ask]")];
  const button = document.querySelector("[data-composer-button]");
  const limit = Number(message?.dataset.limit ?? 2);
  let request = null;

  if (!letter) return;

  function showWords() {
    const slot = letter.querySelector("[data-own-words]");
    if (!slot || !words) return;
    const paragraphs = words.value.split(/\n\s*\n/).map((part) => part.trim()).filter(Boolean);
    slot.replaceChildren(...paragraphs.map((part) => {
      const paragraph = document.createElement("p");
      // As text, never as markup: what is typed is shown as typed.
      paragraph.textContent = part;
      return paragraph;
    }));
    slot.hidden = paragraphs.length === 0;
  }

  async function fetchLetter() {
    request?.abort();
    request = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("fragment", "letter");
    try {
      const answer = await fetch(form.dataset.composerUrl, { method: "POST", body, signal: request.signal });
      // A redirect or an error page is not a letter.
      if (!answer.ok || answer.redirected) throw new Error();
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const inner = holder.content.querySelector("[data-composer-letter]") ?? holder.content;
      if (!inner.querySelector("[data-own-words]")) throw new Error();
      letter.replaceChildren(...inner.childNodes);
      showWords();
    } catch (error) {
      // The letter that shows may now be behind: give back the button that asks for it.
      if (error.name !== "AbortError" && button) button.hidden = false;
    }
  }

  function choose(event) {
    const tooMany = asks.filter((ask) => ask.checked).length > limit;
    if (tooMany) event.target.checked = false;
    if (message) message.textContent = tooMany ? message.dataset.message : "";
    if (!tooMany) fetchLetter();
  }

  // Nothing here may call history.replaceState: it would turn this answer to a POST into a page
  // to GET, and Back would no longer give the words back.
  if (button) button.hidden = true;
  words?.addEventListener("input", showWords);
  asks.forEach((ask) => ask.addEventListener("change", choose));
  showWords();
  // After Back, a browser may have ticked boxes that the letter does not know of yet.
  if (asks.some((ask) => ask.checked !== ask.defaultChecked)) fetchLetter();
}
