"""Participants of an address confidentiality programme: their records are taken out before anything is compared.

`blocklist` reads the list, `names` says which written names may be a participant's, `rows` which rows and cells of a
source are withheld, `withheld` takes them out of a table. Decision 0029.
"""
