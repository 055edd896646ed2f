// Adds what only a script can do: the device's own share sheet, and copying the link.
export function mount(element) {
  const status = element.querySelector("[data-share-status]");
  const native = element.querySelector("[data-share-native]");
  const copy = element.querySelector("[data-share-copy]");
  const link = element.querySelector("input");
  const { shareUrl: url, shareText: text, copied, notCopied } = element.dataset;

  if (native && navigator.share) {
    native.hidden = false;
    // A person who closes the share sheet has not met an error.
    native.addEventListener("click", () => navigator.share({ text, url }).catch(() => {}));
  }

  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      let message = copied;
      try {
        await navigator.clipboard.writeText(link.value);
      } catch {
        // Without a secure address there is no clipboard; the selected text can be copied by hand.
        link.select();
        message = notCopied;
      }
      // Emptied first, so that the same sentence is announced a second time too.
      status.textContent = "";
      setTimeout(() => { status.textContent = message; }, 50);
    });
  }
}
