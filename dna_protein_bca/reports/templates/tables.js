"use strict";
// Tables of the class "sortable" are sorted by a click on a header and filtered by a search.
(function () {
  function value(row, column) {
    var text = row.cells[column].textContent.trim();
    var number = text === "" ? NaN : Number(text.replace(/[,<>]/g, ""));
    return { text: text, number: number };
  }
  function compare(a, b, sign) {
    // Empty cells stay at the end, whichever way the others run.
    if (a.text === "" || b.text === "") return (a.text === "") - (b.text === "");
    var numbers = !isNaN(a.number) && !isNaN(b.number);
    return sign * (numbers ? a.number - b.number
      : a.text.localeCompare(b.text, "en", { numeric: true }));
  }
  function sort(table, column, head) {
    var down = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    var body = table.tBodies[0];
    var rows = Array.from(body.rows).map(function (row, place) {
      return { row: row, place: place, value: value(row, column) };
    });
    rows.sort(function (a, b) {
      return compare(a.value, b.value, down ? -1 : 1) || a.place - b.place;
    });
    rows.forEach(function (item) { body.appendChild(item.row); });
  }
  function search(table, words, count) {
    var wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !wanted.every(function (word) { return text.includes(word); });
      shown += !row.hidden;
    });
    count.textContent = shown + " of " + table.tBodies[0].rows.length + " rows";
  }
  document.querySelectorAll("table.sortable").forEach(function (table) {
    table.querySelectorAll("th").forEach(function (head, column) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = "Sort by this column";
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () { sort(table, column, head); });
    });
    var tools = document.createElement("div");
    tools.className = "tools";
    var input = document.createElement("input");
    input.type = "search";
    input.placeholder = "Search these rows";
    input.setAttribute("aria-label", "Search these rows");
    var count = document.createElement("span");
    tools.append(input, count);
    table.parentElement.before(tools);
    input.addEventListener("input", function () { search(table, input.value, count); });
    search(table, "", count);
  });
})();
