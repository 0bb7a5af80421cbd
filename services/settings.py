"""The environment, validated once. Every setting is listed in docs/settings.md."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class Settings(BaseSettings):
    """Settings with prefix PUHUI_; `description` is what docs/settings.md prints."""

    model_config = SettingsConfigDict(env_prefix="PUHUI_", env_ignore_empty=True, extra="ignore")

    database_url: str = Field(
        "", description="SQLAlchemy URL of PostgreSQL; empty = embedded server under the data folder."
    )
    temporal_address: str = Field("", description="host:port of Temporal; empty = embedded server.")
    temporal_namespace: str = Field("default", description="Temporal namespace.")
    temporal_tls_ca: Path | None = Field(
        None, description="Certificate of the authority that signs Temporal's; with it the connection is TLS."
    )
    temporal_tls_cert: Path | None = Field(None, description="Our certificate towards Temporal (mutual TLS).")
    temporal_tls_key: Path | None = Field(None, description="The key of that certificate.")
    temporal_task_queue: str = Field("puhui", description="Task queue the workers listen on.")
    worker_build_id: str = Field(
        "",
        description="Version of the workflows this worker runs, where several run side by side; empty = one version at a "
        "time.",
    )
    worker_deployment: str = Field("puhui", description="Name under which Temporal keeps the versions.")
    worker_versioning: Literal["auto_upgrade", "pinned"] = Field(
        "auto_upgrade",
        description="Cases under way move to the current version (auto_upgrade) or end where they began (pinned).",
    )
    worker_metrics: str = Field(
        "",
        pattern=r"^(\S+:[0-9]+)?$",
        description="host:port where the worker tells its measures to Prometheus; empty = nowhere.",
    )
    http_host: str = Field("127.0.0.1", description="Address the web listens on.")
    http_port: int = Field(8000, description="Port the web listens on.")
    public_url: str = Field(
        "", description="Address people reach the web under, for links in mails; empty = host and port."
    )
    data_dir: Path = Field(Path("var"), description="Folder of the embedded parts, uploads and documents.")
    secret_key: str = Field(
        "",
        description="Signs sessions and links; generated and kept under the data folder for the embedded default.",
    )
    data_keys: str = Field(
        "",
        description="Keys that seal personal data and files at rest, separated by commas: the first seals, each opens. "
        "Empty = made from the secret key. Keep them apart from the database's backups.",
    )
    demo_password: str = Field(
        "", description="Password of every demo account; empty = one random password, printed."
    )
    working_day_seconds: float | None = Field(
        None,
        description="Demonstration clock: one working day lasts so many seconds; empty = the real calendar.",
    )
    blob_url: str = Field(
        "", description="Where files are kept: file:///folder or s3://bucket/prefix; empty = data folder."
    )
    audit_key_file: Path | None = Field(
        None,
        description="File with the key that signs the daily roots of the audit trail, made the first time; keep it out of "
        "the database's backups. Empty = keys/audit_ed25519 under the data folder.",
    )
    timestamp_url: str = Field(
        "",
        description="Timestamp authority (RFC 3161) that is asked to stamp each daily root of the audit trail; empty = none.",
    )
    timestamp_ca_file: Path | None = Field(
        None,
        description="Certificates (PEM) the authority's own must lead to; empty = only the stamped hash is compared.",
    )
    smtp_host: str = Field("", description="Mail server; empty = notifications stay in the system.")
    smtp_port: int = Field(25, description="Port of the mail server.")
    smtp_user: str = Field("", description="User at the mail server.")
    smtp_password: str = Field("", description="Password at the mail server.")
    smtp_starttls: bool = Field(False, description="Use STARTTLS.")
    mail_from: str = Field("noreply@puhui.local", description="Sender address of mails.")
    oidc_issuer: str = Field("", description="OpenID Connect issuer for sign-in; empty = off.")
    oidc_client_id: str = Field("", description="OpenID Connect client id.")
    oidc_client_secret: str = Field("", description="OpenID Connect client secret.")
    oidc_username_claim: str = Field(
        "preferred_username",
        description="Claim that names the account of a person who signs in for the first time.",
    )
    oidc_label: str = Field("一网通办", description="Name of the OpenID Connect portal on the sign-in page.")
    session_hours: int = Field(12, description="A session ends so many hours after the last click.")
    cookie_secure: bool = Field(False, description="Mark cookies Secure (set it behind HTTPS).")
    max_upload_mb: int = Field(50, description="Largest upload in megabytes.")
    contact: str = Field(
        "", description="Contact line of the office, shown at the foot of pages and on error pages."
    )
    traces_url: str = Field(
        "",
        description="Where traces go: the OTLP/HTTP address of a collector, http://collector:4318/v1/traces; empty = off.",
    )
    traces_share: float = Field(1.0, ge=0, le=1, description="Share of the traces that are kept, 0 to 1.")
    log_level: str = Field("INFO", description="Log level.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then one file a setting in the folder PUHUI_SECRETS_DIR (puhui_secret_key …)."""
        folder = os.environ.get("PUHUI_SECRETS_DIR")
        files = (SecretsSettingsSource(settings_cls, secrets_dir=folder),) if folder else ()
        return (init_settings, env_settings, *files)

    @property
    def base_url(self) -> str:
        """The address people reach the web under, without a trailing slash."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    @property
    def data_secrets(self) -> list[str]:
        """What personal data is sealed with; empty where neither key is set."""
        keys = self.data_keys.split(",") if self.data_keys else [self.secret_key]
        return [k.strip() for k in keys if k.strip()]

    @property
    def blob_address(self) -> str:
        return self.blob_url or (self.data_dir.resolve() / "files").as_uri()


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
