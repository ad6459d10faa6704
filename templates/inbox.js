// Looks for news once a second and, when there are any, takes over the list of the page anew, so
// that only the server has to know how a message is shown.
let seen;
async function refresh() {
  try {
    const news = await (await fetch("inbox.json")).text();
    if (seen !== undefined && seen !== news) {
      const text = await (await fetch("inbox")).text();
      const page = new DOMParser().parseFromString(text, "text/html");
      document.querySelector("main").replaceWith(page.querySelector("main"));
    }
    seen = news;
  } catch {
    // The server is being restarted; it is asked again.
  }
  setTimeout(refresh, 1000);
}
refresh();
