// Keeps the page as the server would render it now: once a second, and while the filter is typed. Only the
// template decides how a message is shown, and only the server which messages are.
const filter = document.getElementById("filter");
const list = document.getElementById("messages");
// What each shown message looked like before its time and buttons were put in.
const sources = new WeakMap();

function adopt(item, source) {
  sources.set(item, source);
  showLocalTimes(item);
  addCopyButtons(item);
  return item;
}

// Changes only the messages that have changed, so that the others keep focus and selection.
function updateMessages(fresh) {
  const wanted = new Set([...fresh.children].map((item) => item.id));
  for (const item of [...list.children]) {
    if (!wanted.has(item.id)) item.remove();
  }
  const known = new Map([...list.children].map((item) => [item.id, item]));
  let place = list.firstElementChild;
  for (const item of [...fresh.children]) {
    const source = item.outerHTML;
    if (place && sources.get(place) === source) {
      place = place.nextElementSibling;
      continue;
    }
    const old = known.get(item.id);
    if (old && old === place) place = place.nextElementSibling;
    old?.remove();
    list.insertBefore(adopt(item, source), place);
  }
}

async function refresh() {
  const query = location.search;
  const response = await fetch("inbox" + query);
  const text = await response.text();
  // The filter may have changed meanwhile.
  if (!response.ok || query !== location.search) return;
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
  }
  updateMessages(page.getElementById("messages"));
}

async function poll() {
  try {
    await refresh();
  } catch {
    // The server is restarting; the next poll tries again.
  }
  setTimeout(poll, 1000);
}

function parameters() {
  return new URLSearchParams(location.search);
}

let typing;
filter.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const changed = parameters();
    changed.delete("q");
    if (filter.value) changed.set("q", filter.value);
    const query = changed.toString();
    history.replaceState(null, "", query ? "?" + query : location.pathname);
    refresh().catch(() => {});
  }, 150);
});

// A whole address means the messages to that recipient, which can then be cleared by themselves.
filter.form.addEventListener("submit", (event) => {
  const address = filter.value.trim();
  const recipients = [...list.querySelectorAll(".to")].map((recipient) => recipient.textContent);
  if (recipients.includes(address)) {
    event.preventDefault();
    location.search = "?" + new URLSearchParams({ to: address });
  }
});

filter.form.querySelector("button").hidden = true;
for (const item of list.children) adopt(item, item.outerHTML);
poll();
