// Shows new calls as they come. A call does not change, so that what is shown stays, with what is unfolded in it.
const list = document.getElementById("calls");

function update(fresh) {
  const wanted = new Set([...fresh.children].map((item) => item.id));
  for (const item of [...list.children]) {
    if (!wanted.has(item.id)) item.remove();
  }
  const first = list.firstElementChild;
  for (const item of [...fresh.children]) {
    if (document.getElementById(item.id)) break;
    showLocalTimes(item);
    list.insertBefore(item, first);
  }
}

async function refresh() {
  const response = await fetch("triggers");
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
  }
  update(page.getElementById("calls"));
}

async function poll() {
  try {
    await refresh();
  } catch {
    // The server is restarting; the next poll tries again.
  }
  setTimeout(poll, 1000);
}

showLocalTimes(list);
poll();
