// Draws an ECharts chart from the option in the JSON script inside, in the colours of the page. The table beside it
// says the same to those who do not see it.
let loading = null;

function library() {
  loading ??= new Promise((resolve, reject) => {
    if (window.echarts) return resolve(window.echarts);
    const script = document.createElement("script");
    script.src = document.querySelector("[data-echarts]").dataset.echarts;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

function theme() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  const size = parseFloat(style.fontSize) * ("elder" in document.documentElement.dataset ? 1 : 0.8125);
  const axis = {
    axisLine: { lineStyle: { color: get("edge") } },
    axisLabel: { color: get("ink-soft"), fontSize: size },
    splitLine: { lineStyle: { color: get("line") } },
    nameTextStyle: { color: get("ink-soft"), fontSize: size },
  };
  return {
    color: ["call", "answer", "info", "warn", "ink-soft", "call-ink", "answer-ink"].map(get),
    backgroundColor: "transparent",
    textStyle: { fontFamily: get("font"), color: get("ink"), fontSize: size },
    legend: { textStyle: { color: get("ink"), fontSize: size } },
    tooltip: {
      backgroundColor: get("surface"),
      borderColor: get("line"),
      textStyle: { color: get("ink"), fontSize: size },
    },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    logAxis: axis,
  };
}

export async function mount(figure) {
  const option = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const canvas = figure.querySelector(".chart-canvas");
  const echarts = await library();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let chart = null;

  function draw() {
    chart?.dispose();
    canvas.hidden = false;
    if (!canvas.firstChild) canvas.append(document.createElement("div"));
    const place = canvas.firstChild;
    place.replaceChildren();
    place.style.height = "100%";
    chart = echarts.init(place, theme(), { renderer: "canvas" });
    // Tips are drawn, not written as HTML: the page's policy allows no inline style.
    const tooltip = option.tooltip && { ...option.tooltip, renderMode: "richText" };
    chart.setOption({ animation: !calm, ...option, ...(tooltip ? { tooltip } : {}) });
  }

  draw();
  new ResizeObserver(() => chart.resize()).observe(canvas);
  document.addEventListener("look:changed", () => setTimeout(draw, 50));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(draw, 50));
}
