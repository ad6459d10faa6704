// Polls the inbox once a second. When it has changed, replaces the list by that of a new page, so that
// only the template decides how a message is shown.
let shown;
async function refresh() {
  try {
    const current = await (await fetch("inbox.json")).text();
    if (shown !== undefined && shown !== current) {
      const text = await (await fetch("inbox")).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
    }
    shown = current;
  } catch {
    // The server is restarting; the next poll tries again.
  }
  setTimeout(refresh, 1000);
}
refresh();
