// Keeps parts of the page fresh: data-live-url streams events, what data-live-target selects (or the element itself) is
// refreshed through its own hx-get on the trigger "live"; a part with data-live-only="call:12" only when that row has
// changed. One stream is enough for a page: browsers open few. When it fails we ask every 20 seconds; hidden pages rest.
// The first stream begins at the place in the log where the page was made (data-live-since), so that nothing between
// the two is missed; a later one, with no place given, is told at once to look.
const EVERY = 20000;
const AT_MOST_EVERY = 1000;

export function mount(element) {
  const selected = element.dataset.liveTarget;
  const targets = () => (selected ? [...document.querySelectorAll(selected)] : [element]);
  let stream = null;
  let polling = 0;
  let waiting = 0;
  let failures = 0;
  // The rows that have changed since the last refresh; null when it is not known which.
  let changed = new Set();
  let since = document.documentElement.dataset.liveSince;

  function told(message) {
    const rows = JSON.parse(message.data).changed;
    if (rows && changed) for (const [kind, id] of rows) changed.add(`${kind}:${id}`);
    else changed = null;
    refresh();
  }

  function look() {
    changed = null;
    refresh();
  }

  function refresh() {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = 0;
      if (!element.isConnected) return stop();
      const field = document.activeElement;
      const wanted = targets().filter(({ dataset: { liveOnly } }) => !liveOnly || !changed || changed.has(liveOnly));
      // Never under the hands of somebody who is typing.
      if (field.matches("input, textarea, select") && wanted.some((target) => target.contains(field))) {
        field.addEventListener("blur", refresh, { once: true });
        return;
      }
      changed = new Set();
      for (const target of wanted) window.htmx?.trigger(target, "live");
    }, AT_MOST_EVERY);
  }

  function poll() {
    // The stream is tried again too: the server may only have been restarted, or full.
    polling ||= setInterval(() => {
      look();
      open();
    }, EVERY);
  }

  function open() {
    if (stream || !window.EventSource || !element.dataset.liveUrl) return void (stream || poll());
    stream = new EventSource(element.dataset.liveUrl + (since ? `?since=${since}` : ""));
    since = "";
    stream.onmessage = told;
    stream.onopen = () => {
      if (failures) look();
      failures = 0;
      clearInterval(polling);
      polling = 0;
    };
    stream.onerror = () => {
      failures += 1;
      poll();
      if (stream?.readyState === EventSource.CLOSED || failures > 5) close();
    };
  }

  function close() {
    stream?.close();
    stream = null;
  }

  function stop() {
    close();
    clearInterval(polling);
    polling = 0;
  }

  function visibility() {
    if (!element.isConnected) {
      stop();
      document.removeEventListener("visibilitychange", visibility);
    } else if (document.hidden) stop();
    else {
      failures = 0;
      open();
      look();
    }
  }

  document.addEventListener("visibilitychange", visibility);
  addEventListener("pagehide", stop);
  if (!document.hidden) open();
}
