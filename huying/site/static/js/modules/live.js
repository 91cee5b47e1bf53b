// Keeps a part of the page fresh: data-live-url streams events, data-live-target (or the element itself) is refreshed
// through its own hx-get on the trigger "live". When the stream fails it asks every 20 seconds; hidden pages rest.
// The first stream begins at the place in the log where the page was made (data-live-since), so that nothing between
// the two is missed; a later one, with no place given, is told at once to look.
const EVERY = 20000;
const AT_MOST_EVERY = 1000;

export function mount(element) {
  const target = () => document.querySelector(element.dataset.liveTarget) ?? element;
  let stream = null;
  let polling = 0;
  let waiting = 0;
  let failures = 0;
  let since = document.documentElement.dataset.liveSince;

  function refresh() {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = 0;
      // Never under the hands of somebody who is typing.
      const field = document.activeElement;
      if (target().contains(field) && field.matches("input, textarea, select")) {
        field.addEventListener("blur", refresh, { once: true });
        return;
      }
      window.htmx?.trigger(target(), "live");
    }, AT_MOST_EVERY);
  }

  function poll() {
    polling ||= setInterval(refresh, EVERY);
  }

  function open() {
    if (stream || !window.EventSource || !element.dataset.liveUrl) return void (stream || poll());
    stream = new EventSource(element.dataset.liveUrl + (since ? `?since=${since}` : ""));
    since = "";
    stream.onmessage = refresh;
    stream.onopen = () => {
      if (failures) refresh();
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
      refresh();
    }
  }

  document.addEventListener("visibilitychange", visibility);
  addEventListener("pagehide", stop);
  if (!document.hidden) open();
}
