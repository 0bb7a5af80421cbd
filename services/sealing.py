"""The keys of data at rest, from the settings of this process (M10)."""

from models.tables.sealed import keys_from, open_file, seal_file
from services.settings import settings

keys_from(lambda: settings().data_secrets)

__all__ = ["open_file", "seal_file"]
