#!/usr/bin/env bash
# What `make check` does: everything that can be known without running the product.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

step() {
  printf '%s\n' "-- $*"
}

step "lint"
$bin/ruff check .
step "format"
$bin/ruff format --check .
step "types"
$bin/mypy .
step "templates"
$bin/djlint templates --lint --quiet
step "migrations"
$bin/python manage.py makemigrations --check --dry-run
step "known vulnerabilities"
$bin/python -m deploy.audit
step "shell scripts"
for script in deploy/*.sh .ci/run; do
  bash -n "$script"
done

step "deployment settings"
# As in production, with a key and addresses that exist only for this check.
CARBONTRACK_ENV=production \
  SECRET_KEY="$($bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
  ALLOWED_HOSTS=carbon.example.org \
  DATABASE_URL=postgres://carbontrack@database.example.org/carbontrack \
  AWS_REGION=eu-central-1 \
  EMAIL_URL=smtp+tls://mail.example.org:587 \
  DEFAULT_FROM_EMAIL=carbontrack@example.org \
  $bin/python manage.py check --deploy --fail-level WARNING
