#!/bin/sh
# Runs a Python module of this project with a Python that is new enough:
#   deploy/python.sh deploy.bootstrap --dev
# PYTHON in the environment names one; otherwise the one in .venv, else the best on the PATH.

cd "$(dirname "$0")/.." || exit 1

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
complete='import ensurepip, venv'
incomplete=''

for python in ${PYTHON:+"$PYTHON"} .venv/bin/python python3.13 python3.12 python3.11 python3 python; do
  if "$python" -c "$new_enough" >/dev/null 2>&1; then
    if "$python" -c "$complete" >/dev/null 2>&1; then
      exec "$python" -m "$@"
    fi
    incomplete=$python
  fi
done

if [ -n "$incomplete" ]; then
  echo "CarbonTrack needs Python's venv module, which $incomplete lacks: install it (on Debian: apt install python3-venv) and try again." >&2
else
  found=$(python3 -c 'import platform; print(" (this machine has %s)" % platform.python_version())' 2>/dev/null)
  echo "CarbonTrack needs Python 3.11 or newer$found: install it, or name it, for example: PYTHON=/usr/bin/python3.12 make run" >&2
fi
exit 1
