# The product alone: bot/ and cogs/ on the locked dependencies. The sandbox and the tests never ship.
#   docker build -t remix-bot .                  (with --build-arg LOCK=postgres for a PostgreSQL database)
#   docker run --env-file .env -v remix-data:/data remix-bot

# Pin the base by its digest where images must be reproducible; docs/operating.md says how, and how to renew it.
ARG BASE=python:3.11-slim

FROM ${BASE} AS dependencies
ARG LOCK=run
COPY requirements/${LOCK}.txt /tmp/requirements.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM ${BASE}
RUN useradd --system --user-group --uid 10001 --home-dir /data --shell /usr/sbin/nologin bot \
    && install --directory --owner bot --group bot /data
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY LICENSE ./
COPY bot/ bot/
COPY cogs/ cogs/
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    DATABASE_URL=sqlite+aiosqlite:////data/remix.db \
    LOG_FORMAT=json
USER bot
VOLUME /data
# The server listens on the container's loopback, where this asks it; HTTP_HOST=0.0.0.0 opens it to the network.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD python -c "import os, urllib.request as http; port = os.environ.get('HTTP_PORT') or '8081'; port == '0' or http.urlopen(f'http://127.0.0.1:{port}/healthz', timeout=4)"
CMD ["python", "-m", "bot", "run"]
