"""dataframely, without the bridge to SQLAlchemy that it loads wherever SQLAlchemy is installed.

The bridge is not used here and took a third of a second of every command. SQLAlchemy itself stays as it is: databases
are read by `loaders.database`.
"""

import sys
from typing import Any

_modules: dict[str, Any] = sys.modules
if "sqlalchemy" in _modules:
    import dataframely as dy
else:
    _modules["sqlalchemy"] = None  # "not installed", for as long as the import takes
    try:
        import dataframely as dy
    finally:
        del _modules["sqlalchemy"]

__all__ = ["dy"]
