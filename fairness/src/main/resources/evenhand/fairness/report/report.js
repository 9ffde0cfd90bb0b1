"use strict";
// Draws the page's figures with ECharts in the colours of the page, and lets its tables be sorted.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const boxes = [...document.querySelectorAll(".chart")];
  const SYMBOLS = { B: "diamond", C: "triangle", D: "rect", E: "diamond", F: "triangle" };
  const NAME = 11.5; // font size of names beside a plot

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = name => style.getPropertyValue("--" + name).trim();
    return { INK: of("ink"), ACCENT: of("link"), FRONT: of("link"), MUTED: of("muted"), SMALL: of("muted"), FAINT: of("faint"), A: of("a"),
      B: of("b"), C: of("c"), D: of("d"), E: of("e"), F: of("f"), soft: of("soft"), line: of("line"), paper: of("paper") };
  };

  const quiet = each => each.look === "FAINT" || each.look === "SMALL"; // without labels

  const number = value => value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : String(+value.toFixed(3));

  // Text only: a name in the data is never markup.
  const tip = lines => {
    const box = document.createElement("div");
    lines.filter(line => line).forEach((line, i) => {
      const row = document.createElement("div");
      row.textContent = line;
      if (i === 0) row.style.fontWeight = "600";
      box.append(row);
    });
    return box;
  };

  const axis = (of, at, ink, more) => ({ type: "value", min: of.from, max: of.to, interval: of.step, name: of.name,
    nameLocation: "middle", nameTextStyle: { color: ink.soft, fontSize: 12 }, axisLine: { show: false },
    axisTick: { show: false }, axisLabel: { color: ink.soft, formatter: value => value.toFixed(of.digits), hideOverlap: true },
    splitLine: { lineStyle: { color: ink.line, width: 1 } }, ...more });

  // A long name in two lines, broken behind a hyphen or at a space.
  const broken = (name, most) => {
    if (name.length <= most) return name;
    const places = [...name.matchAll(/[- ]/g)].map(match => match.index + 1);
    const at = places.sort((a, b) => Math.abs(a - name.length / 2) - Math.abs(b - name.length / 2))[0];
    const cut = part => part.length > most ? part.slice(0, most - 1) + "…" : part;
    return at ? cut(name.slice(0, at).trim()) + "\n" + cut(name.slice(at)) : cut(name);
  };

  const base = ink => ({ animation: false, aria: { enabled: false }, textStyle: { color: ink.INK, fontFamily: "inherit" },
    tooltip: { confine: true, backgroundColor: ink.paper, borderColor: ink.line, textStyle: { color: ink.INK, fontSize: 13 } } });

  const dots = (figure, ink, width) => {
    const narrow = width < 520;
    const count = figure.series.length;
    const shift = index => figure.spread ? (index - (count - 1) / 2) * Math.min(0.24, 0.7 / count) : 0;
    const series = [];
    figure.series.forEach((each, index) => {
      const colour = ink[each.look];
      const ranges = each.points.filter(point => point.length > 3)
        .flatMap(point => [[point[3], point[1] + shift(index)], [point[4], point[1] + shift(index)], ["-", "-"]]);
      if (ranges.length) {
        series.push({ type: "line", data: ranges, showSymbol: false, silent: true, lineStyle: { color: colour, width: 2 } });
      }
      series.push({ type: "scatter", symbol: SYMBOLS[each.look] || "circle", symbolSize: each.look === "FAINT" ? 5 : 10,
        itemStyle: { color: colour, opacity: 1 }, data: each.points.map(point => ({ value: [point[0], point[1] + shift(index)],
          lines: [figure.rows[point[1]], (each.name && count > 1 ? each.name + ": " : "") + number(point[0]),
            point.length > 3 ? "interval " + number(point[3]) + " to " + number(point[4]) : ""] })) });
    });
    return { ...base(ink), tooltip: { ...base(ink).tooltip, formatter: point => tip(point.data.lines) },
      grid: { left: 8, right: 20, top: 8, bottom: 28, containLabel: true },
      xAxis: axis(figure.x, 0, ink, { nameGap: 28 }),
      yAxis: axis(figure.y, 0, ink, { inverse: true, min: -0.5, max: figure.rows.length - 0.5, interval: undefined,
        minInterval: 1, maxInterval: 1, splitLine: { show: false }, axisLabel: { color: ink.INK, lineHeight: 14, interval: 0,
          formatter: value => Number.isInteger(value) ? broken(figure.rows[value] || "", narrow ? 15 : 34) : "" } }),
      series };
  };

  // Names stand in a column to the right of the plot, pushed apart; on a narrow screen cut short.
  const names = (longest, width) => {
    const most = width < 520 ? 16 : 34;
    const room = Math.min(most, longest) * NAME * 0.56 + 26;
    const beside = room < width * 0.42;
    return { beside, most, right: beside ? room : 16, layout: beside ? () => ({ x: width - room + 14, align: "left",
      verticalAlign: "middle", moveOverlap: "shiftY" }) : { hideOverlap: true } };
  };

  const scatter = (figure, ink, width) => {
    const longest = Math.max(0, ...figure.series.filter(each => !quiet(each)).flatMap(each => each.points.map(point => (point[2] || "").length)));
    const place = names(longest, width);
    const series = figure.series.map(each => each.look === "FRONT"
      ? { type: "line", data: each.points.map(point => point.slice(0, 2)), showSymbol: false, silent: true, z: 1,
        lineStyle: { color: ink.FRONT, width: 1.5, type: "dashed" } }
      : { type: "scatter", symbolSize: quiet(each) ? 6 : 11, z: quiet(each) ? 1 : 3,
        itemStyle: { color: ink[each.look], opacity: 1 }, labelLayout: place.layout,
        labelLine: { show: place.beside, length2: 4, lineStyle: { color: ink.FAINT, width: 0.7 } },
        label: { show: !quiet(each), position: place.beside ? "right" : "top", color: ink[each.look],
          fontSize: NAME, lineHeight: 15, minMargin: 3, formatter: point => point.name.length > place.most ? point.name.slice(0, place.most - 1) + "…" : point.name },
        data: each.points.map(point => ({ value: point.slice(0, 2), name: point[2] || "", label: { show: !quiet(each) && !!point[2] },
          lines: [point[2] || each.name, figure.x.name + " " + number(point[0]), figure.y.name + " " + number(point[1])] })) });
    return { ...base(ink), tooltip: { ...base(ink).tooltip, formatter: point => tip(point.data.lines) },
      grid: { left: 24, right: place.right, top: 16, bottom: 28, containLabel: true },
      xAxis: axis(figure.x, 0, ink, { nameGap: 28 }), yAxis: axis(figure.y, 0, ink, { nameGap: 48 }), series };
  };

  const lines = (figure, ink, width) => {
    const named = figure.series.filter(each => each.look !== "FAINT" && each.name);
    const place = names(Math.max(0, ...named.map(each => each.name.length)), width * 1.25);
    const series = figure.series.map(each => ({ type: "line", name: each.name, data: each.points.map(point => point.slice(0, 2)),
      showSymbol: false, lineStyle: { color: ink[each.look], width: each.look === "FAINT" ? 1 : 2 },
      itemStyle: { color: ink[each.look] }, z: each.look === "FAINT" ? 1 : 3,
      endLabel: { show: each.look !== "FAINT" && !!each.name, formatter: () => broken(each.name, 26), color: ink[each.look],
        fontSize: NAME, distance: 6 },
      labelLayout: { moveOverlap: "shiftY" } }));
    if (figure.mark !== undefined) {
      series.push({ type: "line", silent: true, showSymbol: false, lineStyle: { color: ink.MUTED, width: 1, type: "dashed" },
        data: [[figure.mark, figure.y.from], [figure.mark, figure.y.to]] });
    }
    return { ...base(ink), tooltip: { ...base(ink).tooltip, trigger: "axis",
      formatter: points => tip([figure.x.name + " " + number(points[0].value[0]),
        ...points.map(point => (point.seriesName.startsWith("series") ? "" : point.seriesName + " ") + number(point.value[1]))]) },
      grid: { left: 4, right: named.length ? Math.min(place.right, width * 0.4) : 14, top: 10, bottom: 24, containLabel: true },
      xAxis: axis(figure.x, 0, ink, { nameGap: 24, splitLine: { show: false } }),
      yAxis: axis(figure.y, 0, ink, { name: "" }), series };
  };

  const KINDS = { DOTS: dots, SCATTER: scatter, LINES: lines };

  const draw = box => {
    const figure = figures[box.dataset.figure];
    if (figure.kind === "DOTS") {
      box.style.height = 56 + Math.max(1, figure.rows.length) * (figure.spread ? 40 : 32) + "px";
    }
    const chart = echarts.getInstanceByDom(box) || echarts.init(box, null, { renderer: "svg" });
    chart.resize();
    chart.setOption(KINDS[figure.kind](figure, colours(), box.clientWidth), true);
  };

  const sortable = table => {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        [...table.tHead.rows[0].cells].forEach(each => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const value = row => row.cells[column].dataset.v;
        const order = (a, b) => value(a) !== undefined && value(b) !== undefined ? value(a) - value(b)
          : value(a) !== undefined ? -1 : value(b) !== undefined ? 1
          : row(a).localeCompare(row(b));
        const row = each => each.cells[column].textContent;
        body.append(...[...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)));
      });
    });
  };

  if (boxes.length) {
    document.documentElement.classList.add("scripted");
    boxes.forEach(draw);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => boxes.forEach(draw));
    let waiting;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => boxes.forEach(draw), 120);
    });
  }
  document.querySelectorAll("table").forEach(table => {
    if (table.tBodies[0].rows.length > 1) sortable(table);
  });
})();
