// Has the clock go on: the server's time, not the browser's.
const clock = document.getElementById("now");
const start = Date.parse(clock.dateTime) - performance.now();
showLocalTimes(document);
addCopyButtons(document);
setInterval(() => {
  const now = new Date(start + performance.now());
  clock.title = now.toISOString();
  clock.textContent = localTime(now);
}, 1000);
