// A click or Enter on a heading sorts the table by it.
for (const table of document.querySelectorAll(".sortable table")) {
  new Tablesort(table);
}
