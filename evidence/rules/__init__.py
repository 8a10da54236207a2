"""The ordinance: rule packs as data, and their evaluation on possible worlds."""
