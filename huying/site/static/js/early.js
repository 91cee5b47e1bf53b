// Before the first paint: pages know that scripts run, so what is only for one or the other does not flicker.
document.documentElement.dataset.js = "";
