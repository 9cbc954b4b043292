# The commands people need. Each makes what it lacks (.venv, packages, engine) by itself.

READY := sh deploy/python.sh deploy.bootstrap
PYTHON_OF_VENV := .venv/bin/python

.PHONY: run test check fix demo bench lock

run: ## start everything on http://127.0.0.1:8000 (PORT and STATE_DIR choose otherwise)
	@$(READY)
	@exec $(PYTHON_OF_VENV) -m deploy.launch serve

test: ## every test, browser tests included, with the coverage gate
	@$(READY) --dev --browser
	@$(PYTHON_OF_VENV) -m pytest -n 2 --dist loadgroup --cov --cov-report=term:skip-covered $(ARGS)

check: ## lint, types, templates, migrations, deployment settings
	@$(READY) --dev
	@bash deploy/check.sh

fix: ## format the code and mend what can be mended
	@$(READY) --dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

demo: ## a person with 18 months of activities, an organization of 40 people; prints the sign-ins
	@$(READY)
	@$(PYTHON_OF_VENV) -m deploy.launch manage demo $(ARGS)

bench: ## the figures of docs/benchmarks.md, measured here
	@$(READY) --dev
	@$(PYTHON_OF_VENV) -m tests.bench $(ARGS)

lock: ## resolve the dependencies of pyproject.toml anew
	@$(READY) --dev
	@bash deploy/lock.sh
