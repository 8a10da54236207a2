"""What protects the people in the sources: which fields are sensitive, on which ground they are read, who sees what.

`fields.csv`, `bases.csv`, `purposes.csv` and `audiences.csv` are the tables; each row names its law and how well the
law's text is known (quoted, secondary, memory, or the project's own decision). No library is imported but Python's.
"""
