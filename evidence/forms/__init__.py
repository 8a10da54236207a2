"""The forms of the process, filled from a case's summary: drafts that a named person approves; none issues itself."""
