// The interactive copy of a released figure, drawn on demand from the same released numbers.
// The figure that the server drew stays above it; this one lets a reader ask for single points.

const SERIES = ["#0b6468", "#b8520a", "#5a48a0", "#5f6a6e"];
const DASHES = ["solid", "dashed", "dotted", [10, 3, 2, 3]];

let library = null;

function loadLibrary(url) {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.echarts);
    script.onerror = () => reject(new Error(url));
    document.head.append(script);
  });
  return library;
}

export async function openChart(button) {
  const figure = button.closest("figure");
  const [echarts, answer] = await Promise.all([
    loadLibrary(button.dataset.library),
    fetch(button.dataset.opensChart, { headers: { Accept: "application/json" } }),
  ]);
  if (!answer.ok) return;
  const result = await answer.json();
  const place = document.createElement("div");
  place.className = "chart-live";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", figure.querySelector("strong")?.textContent ?? "");
  button.replaceWith(place);
  const chart = echarts.init(place);
  chart.setOption(survival(result.figure, document.documentElement.lang));
  new ResizeObserver(() => chart.resize()).observe(place);
}

function words(text, language) {
  if (text === null || typeof text !== "object") return text ?? "";
  return language.startsWith("en") ? text.en : text.zh;
}

export function survival(figure, language) {
  return {
    animation: false,
    color: SERIES,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    legend: { top: 0 },
    grid: { left: 56, right: 24, top: 40, bottom: 48 },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: { type: "value", min: 0, max: figure.x.max,
      name: words(figure.x.label, language), nameLocation: "middle", nameGap: 28 },
    yAxis: { type: "value", min: 0, max: 1, axisLabel: { formatter: (v) => `${Math.round(v * 100)}%` } },
    series: figure.series.map((series, i) => ({
      name: words(series.label ?? series.group, language),
      type: "line",
      step: "end",
      symbolSize: 6,
      lineStyle: { width: 2, type: DASHES[i % DASHES.length] },
      data: series.points.map((point) => [point.day, point.survival]),
    })),
  };
}
