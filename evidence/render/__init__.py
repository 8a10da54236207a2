"""Summary and screening list as files for people and machines; nothing is computed here but layout and wording."""
