"""Bytes of one file format -> `RawTable`: every cell as the text an agency would see, nothing judged yet."""
