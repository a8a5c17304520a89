"""Contracts as documents: what comes in as a file or as pasted text, and what goes out again.

| module       | does                                                                              |
|--------------|-----------------------------------------------------------------------------------|
| `reading`    | a file or a pasted text → `ContractText`, in a confined process for files          |
| `redline`    | changes → the same DOCX with tracked changes and comments                          |
| `report`     | a review → DOCX and PDF                                                            |
| `comparing`  | two versions → which clauses changed, were added, removed or moved, and how        |
| `obligations`| text → what is to be done by when; `calendar` writes it as iCalendar               |
| `grid`       | fields × contracts → CSV and XLSX                                                  |

Plain functions over plain values: no tables and no requests. This module imports nothing, so that a confined
process can load the one that it needs.
"""
