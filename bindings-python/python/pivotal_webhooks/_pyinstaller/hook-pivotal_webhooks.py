"""PyInstaller's hook: what its search for imports does not find."""

# Read by `fastapi`, `litestar` and `testing`.
from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("pivotal_webhooks", includes=["*.json"])

# Imported by the native module, and by `idempotency` when the name of a store is used.
hiddenimports = [
    "copy",
    "datetime",
    "json",
    "pivotal_webhooks.errors",
    "pivotal_webhooks.events",
    "pivotal_webhooks.idempotency.memory",
    "pivotal_webhooks.idempotency.postgres",
    "pivotal_webhooks.idempotency.redis",
    "pivotal_webhooks.idempotency.sqlite",
    "pivotal_webhooks.idempotency.store",
    "threading",
]
