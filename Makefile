# The two commands of the README are `make demo` and `make test`; both set up what they need first.
.PHONY: setup demo test lint bench lock clean
PYTHON ?= python3
BIN := .venv/bin

setup:
	@PYTHON=$(PYTHON) scripts/setup

demo: setup
	@$(BIN)/midonet-lab demo

# Files are whole stories, and share servers: each stays with one worker. Many tests wait, hence three workers.
test: setup
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

lock:
	@scripts/lock

clean:
	rm -rf .venv .bootstrap .mypy_cache .ruff_cache .pytest_cache .hypothesis
