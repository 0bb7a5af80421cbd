"""docs/settings.md: the environment, as the settings describe themselves."""

from runtime.docs.markdown import document, table
from services.settings import Settings

#: What each setting means, for readers of Chinese; a setting without a line stops `make docs`.
MEANINGS = {
    "database_url": "PostgreSQL 的 SQLAlchemy 地址；空为数据目录下的内置服务。",
    "temporal_address": "Temporal 的地址（主机:端口）；空为内置服务。",
    "temporal_namespace": "Temporal 的命名空间。",
    "temporal_tls_ca": "签发 Temporal 证书的机构证书；设置后用 TLS 连接。",
    "temporal_tls_cert": "本系统连接 Temporal 的证书（双向认证）。",
    "temporal_tls_key": "上述证书的私钥。",
    "temporal_task_queue": "工作进程领取任务的队列。",
    "worker_build_id": "几版工作进程并存时，本进程的流程版本号；空为一次只运行一版。",
    "worker_deployment": "Temporal 记录各版本所用的名称。",
    "worker_versioning": "在办件转到现行版本（auto_upgrade）或者在原版本办结（pinned）。",
    "worker_metrics": "工作进程供 Prometheus 读取测量值的地址（主机:端口）；空为不提供。",
    "http_host": "网页监听的地址。",
    "http_port": "网页监听的端口。",
    "public_url": "对外的网址，用于邮件中的链接；空为监听的地址和端口。",
    "data_dir": "内置服务的数据、上传文件和文书所在的目录。",
    "secret_key": "签署会话和链接；内置服务时自动生成，存于数据目录。",
    "data_keys": "个人信息和文件的加密密钥，以逗号分隔：第一个用于加密，每一个都可解密；空为由会话密钥生成。请与数据库备份分开保存。",
    "demo_password": "全部演示账号的密码；空为随机生成并显示。",
    "working_day_seconds": "演示时钟：一个工作日的秒数；空为实际日历。",
    "blob_url": "文件存放处：file:///目录 或 s3://桶/前缀；空为数据目录。",
    "audit_key_file": "签署审计每日签名根的私钥文件，首次自动生成，不要放进数据库备份；空为数据目录下 keys/audit_ed25519。",
    "timestamp_url": "为每个签名根签注时间的机构（RFC 3161）；空为不签注。",
    "timestamp_ca_file": "该机构证书应当追溯到的证书（PEM）；空为只比对散列。",
    "smtp_host": "邮件服务器；空为通知只留在系统内。",
    "smtp_port": "邮件服务器的端口。",
    "smtp_user": "邮件服务器的用户名。",
    "smtp_password": "邮件服务器的密码。",
    "smtp_starttls": "是否使用 STARTTLS。",
    "mail_from": "发件人地址。",
    "oidc_issuer": "统一身份认证（OpenID Connect）的签发方；空为不启用。",
    "oidc_client_id": "统一身份认证的客户端编号。",
    "oidc_client_secret": "统一身份认证的客户端密钥。",
    "oidc_username_claim": "首次登录时对应本系统用户名的声明项。",
    "oidc_label": "登录页上统一身份认证的名称。",
    "session_hours": "最后一次操作后多少小时退出登录。",
    "cookie_secure": "cookie 是否标记 Secure（在 HTTPS 之后须设置）。",
    "max_upload_mb": "单个上传文件的上限，MB。",
    "contact": "经办部门的联系方式，显示在页脚和错误页。",
    "traces_url": "追踪发往的 OTLP/HTTP 采集器地址，如 http://collector:4318/v1/traces；空为不发送。",
    "traces_share": "保留的追踪比例，0 至 1。",
    "log_level": "日志级别。",
}


def page() -> str:
    """Every setting with its default and description."""
    rows = [
        [
            f"`{_name(name)}`",
            _default(info.get_default(call_default_factory=False)),
            f"{MEANINGS[name]}<br>{info.description}",
        ]
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
