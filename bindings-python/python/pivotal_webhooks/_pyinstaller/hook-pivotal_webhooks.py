"""PyInstaller's hook: what its search for imports does not find."""

# Read by `fastapi`, `litestar` and `testing`.
from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("pivotal_webhooks", includes=["*.json"])

# Imported by the native module.
hiddenimports = [
    "copy",
    "datetime",
    "json",
    "pivotal_webhooks.errors",
    "pivotal_webhooks.events",
    "threading",
]
