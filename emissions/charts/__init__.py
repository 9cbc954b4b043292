"""Geometry of the charts: numbers in, positions out. Templates draw them, the style sheet colors them.

Only what a chart has dozens of (days, parts of columns) comes as a `drawing`: a template takes its time with
each.

Horizontal positions of the column and bar charts are percent of the drawing's width, vertical ones pixels:
the drawing stretches with the page while its text keeps its size.
"""
