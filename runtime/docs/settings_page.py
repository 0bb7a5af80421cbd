"""docs/settings.md: the environment, as the settings describe themselves."""

from runtime.docs.markdown import document, table
from services.settings import Settings


def page() -> str:
    """Every setting with its default and description."""
    rows = [
        [f"`{_name(name)}`", _default(info.get_default(call_default_factory=False)), info.description or ""]
        for name, info in Settings.model_fields.items()
    ]
    return document(
        "设置 · Settings",
        "所有设置均为环境变量，启动时一次性校验；取值有误时说明是哪一项并停止启动。\n"
        "Settings are environment variables, checked once at the start; a wrong value is named and nothing starts.",
        table(["变量 · Variable", "默认 · Default", "说明 · Meaning"], rows),
        "不作任何设置时，数据库和 Temporal 使用内置的服务，数据在 `var/` 下。设置 `PUHUI_DATABASE_URL` 和 "
        "`PUHUI_TEMPORAL_ADDRESS` 后使用已有的服务，此时须同时设置 `PUHUI_SECRET_KEY`。\n"
        "With nothing set, database and engine are embedded and live under `var/`. With `PUHUI_DATABASE_URL` and "
        "`PUHUI_TEMPORAL_ADDRESS` existing servers are used; `PUHUI_SECRET_KEY` is then needed as well.",
        "设置了 `PUHUI_SECRETS_DIR` 的，其中每个文件是一项设置，文件名为小写变量名（如 `puhui_secret_key`）；"
        "环境变量优先。空值等于未设置。\n"
        "With `PUHUI_SECRETS_DIR`, each file in that folder is a setting, named like the variable in lower case "
        "(`puhui_secret_key`); the environment comes first. An empty value counts as not set.",
    )


def _name(field: str) -> str:
    return "PUHUI_" + field.upper()


def _default(value: object) -> str:
    return "—" if value in (None, "") else f"`{value}`"
