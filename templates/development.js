// For every page of the development profile: local times, and buttons that copy.

// Shows each time in the browser's time zone; the server's text, in UTC, stays as the title.
function showLocalTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    time.title = time.textContent;
    time.textContent = localTime(new Date(time.dateTime));
  }
}

function localTime(date) {
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

// Puts a button behind what is likely to be copied. Without a secure context there is no clipboard.
function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const source of root.querySelectorAll("[data-copy], .code")) {
    const text = source.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + text);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not permitted";
      }
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
    source.after(button);
  }
}
