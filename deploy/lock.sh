#!/usr/bin/env bash
# Resolves pyproject.toml into the lock files: for every platform, with hashes, naming no index.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
[ -x "$uv" ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
options=(--universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet "$@")

"$uv" pip compile pyproject.toml "${options[@]}" --output-file requirements.lock
# The same versions as in production, and the tools on top.
"$uv" pip compile pyproject.toml "${options[@]}" --group dev --constraint requirements.lock --output-file requirements-dev.lock
"$uv" pip compile deploy/requirements-node.in "${options[@]}" --output-file deploy/requirements-node.lock
