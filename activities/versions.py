"""Which version of the workflows this worker runs, where several are kept side by side (docs/determinism.md)."""

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from services.settings import Settings

#: A case moves to the current version at its next step, or stays where it began.
BEHAVIOURS = {
    "auto_upgrade": VersioningBehavior.AUTO_UPGRADE,
    "pinned": VersioningBehavior.PINNED,
}


def deployment(config: Settings) -> WorkerDeploymentConfig | None:
    """How the worker presents itself to the engine; None without a build id: one version at a time."""
    if not config.worker_build_id:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(config.worker_deployment, config.worker_build_id),
        use_worker_versioning=True,
        default_versioning_behavior=BEHAVIOURS[config.worker_versioning],
    )
