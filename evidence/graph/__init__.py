"""The linkage graph of a case as one page to hold: the picture, the same in tables, and every figure behind an edge.

`model.case_graph` gathers what the page says, `page.graph_page` makes the page of it. Nothing here decides anything:
the graph is that of `graph.json`, the figures are those of `evidence explain`.
"""
