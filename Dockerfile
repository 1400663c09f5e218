# TokenBoard in one image: the dashboard is built in the first stage, the second serves it.
# `docker run -p 8000:8000 -v tokenboard:/data IMAGE` is enough; with DATABASE_URL it uses that server.

FROM node:22-slim AS frontend
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/tokenboard
COPY requirements-embedded.txt ./
RUN pip install --require-hashes -r requirements-embedded.txt
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY app/ app/
COPY migrations/ migrations/
RUN pip install --no-deps --no-build-isolation --editable .
COPY --from=frontend /src/frontend/dist/ frontend/dist/

RUN useradd --system --uid 10001 --no-create-home tokenboard && install -d -o tokenboard -g tokenboard -m 0700 /data
USER tokenboard
VOLUME /data
ENV TOKENBOARD_DATA=/data TOKENBOARD_HOST=0.0.0.0 TOKENBOARD_PORT=8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/api/v1/health', timeout=5)"]
CMD ["tokenboard", "serve"]
