# One image for migrate, web, worker and backup. Built from the lock: the same versions everywhere.
FROM node:22-bookworm-slim AS vendor
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/puhui && /opt/puhui/bin/pip install --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libreoffice-writer fonts-noto-cjk poppler-utils tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /srv/puhui --shell /usr/sbin/nologin puhui
WORKDIR /srv/puhui
COPY --from=packages /opt/puhui /opt/puhui
COPY --chown=root:root alembic.ini worker.py pyproject.toml ./
COPY --chown=root:root models models
COPY --chown=root:root services services
COPY --chown=root:root activities activities
COPY --chown=root:root workflows workflows
COPY --chown=root:root api api
COPY --chown=root:root runtime runtime
COPY --chown=root:root methodologies methodologies
COPY --chown=root:root document_templates document_templates
COPY --chown=root:root docs docs
COPY --from=vendor /build/node_modules node_modules
# Compiled here, because a container may write nothing beside its code: else each start compiles all of it.
RUN /opt/puhui/bin/python -m compileall -q models services activities workflows api runtime worker.py
RUN /opt/puhui/bin/python -m api.translated
RUN /opt/puhui/bin/python -m runtime.vendor && rm -rf node_modules \
 && install -d -o puhui -g puhui /var/lib/puhui /backups
ENV PATH=/opt/puhui/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PUHUI_DATA_DIR=/var/lib/puhui
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["python", "-m", "uvicorn", "--factory", "runtime.start:web", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "15", "--timeout-keep-alive", "75", "--no-server-header"]
