"""Reports of a period: a document that says what was emitted, how it was worked out, and what is missing.

`periods` says which months, `preparing` reads what a report needs and hands it to `personal` or `work`, which
write a `document`: numbered sections of figures, tables and sentences, typed and free of any layout. `layout`
puts it into words for the page and for the PDF, `workbook` into sheets with every digit. So all three say the
same, and carry the same digest.

Nothing here imports typst: `pdf` runs it in a process of its own.
"""
