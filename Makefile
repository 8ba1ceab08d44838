# make        set up .venv and build the default suite
# make test   set up .venv and run every check and test

# The oldest Python that may be used is named in pyproject.toml; PYTHON=… picks another.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,\
	$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
BIN := .venv/bin
CORES ?= all
# Every job starts Python, which would compile all modules again each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run env test lint unit soak fuzz test-portable test-peers test-slurm test-s3 test-container test-wheel bench docs site lock clean

run: env
	$(BIN)/snakemake --cores $(CORES)

env: .venv/complete

# `complete` is written last: an installation that was interrupted is made again.
.venv/complete: requirements.lock pyproject.toml
	$(if $(PYTHON),,$(error scrawl needs Python 3.11 or newer; install one or name it: make PYTHON=/path/to/python3))
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

test: lint unit

lint: env
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

# One BLAS thread a worker: the tests themselves already use every core.
unit: env
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MPLBACKEND=agg $(BIN)/pytest -n auto --dist worksteal

# Kills the pipeline a hundred times at random moments; about ten minutes. SEED=… kills elsewhere.
soak: env
	OPENBLAS_NUM_THREADS=1 PYTHONPATH=tests $(BIN)/python tests/whole/soak.py --kills 100 --seed $(or $(SEED),1)

# Needs `.venv/bin/pip install --editable '.[fuzz]'`. SECONDS=… is the time for each target.
fuzz: env
	$(BIN)/python tests/whole/fuzz.py idx -max_total_time=$(or $(SECONDS),60)
	$(BIN)/python tests/whole/fuzz.py artifacts -max_total_time=$(or $(SECONDS),60)

# Needs `.venv/bin/pip install --editable '.[peers]'`, several gigabytes. What is missing is
# said, and its tests are skipped.
test-peers: env
	$(BIN)/pytest tests/peers -rs

# The whole chain on a real cluster of two nodes on this machine, and jobs that run out of time. Needs
# Debian's slurm-wlm and munge, root, and `.venv/bin/pip install --editable .[slurm]`; about five
# minutes. What is missing is said, and the tests are skipped.
test-slurm: env
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/whole/slurm.py -rs

# The chain in a bucket, on a server in the test's own process; about a minute. Needs
# `.venv/bin/pip install --editable .[test-s3]`.
test-s3: env
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/whole/s3.py -rs

# The bytes of a small chain, here and on three emulated processors; some minutes. Needs Debian's
# qemu-user.
test-portable: env
	PYTHONPATH=tests $(BIN)/python tests/whole/portable.py

# The steps of the Dockerfile, without Docker: installs all of the lock in a temporary folder.
test-container: env
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/whole/container.py

# The built package in an empty environment builds the default suite: installs from the index.
test-wheel: env
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest tests/whole/wheel.py

# On a machine that does nothing else; about a quarter of an hour on four cores. PyTorch and
# scikit-learn are measured where they are installed: `.venv/bin/pip install --editable '.[peers]'`.
bench: env artifacts/mnist/prepared/unit.h5 artifacts/glyphs/draw/quick.html artifacts/mnist/draw/quick.html
	for benchmark in peers roofline accuracy arithmetic stages patches growth classes large_images sweeps \
			"millions --images 250000 1000000 --experiment dense --name millions-reduced" \
			sharing checkpoints strokes strangers page; do \
		OPENBLAS_NUM_THREADS=1 PYTHONPATH=tests $(BIN)/python -m benchmarks.$$benchmark || exit 1; done

artifacts/mnist/prepared/unit.h5: | env
	$(BIN)/snakemake --cores $(CORES) $@

artifacts/%/draw/quick.html: | env
	$(BIN)/snakemake --cores $(CORES) $@

# The pictures of the README and the pages in docs/, whose numbers come from artifacts: minutes of
# training and of timing, and for the records hours, once: their runs are taken as they are, whatever
# code has changed since (`--rerun-triggers mtime`).
docs: run
	cp artifacts/glyphs/figures/classes.png artifacts/glyphs/figures/quick/accuracy.png docs/
	PYTHONPATH=tests $(BIN)/python -m learn.chapters
	PYTHONPATH=tests $(BIN)/python -m learn.figures
	PYTHONPATH=tests $(BIN)/python tests/pages/screenshots.py artifacts/glyphs docs
	$(BIN)/snakemake --cores $(CORES) originals
	$(BIN)/python benchmarks/loop_against_vectorised.py
	$(BIN)/scrawl page --template workflow/studies/originals/page.md --output docs/originals.md \
		--facts originals=artifacts/mnist/originals/table.json \
		search=artifacts/mnist/originals-search/table.json \
		loop=artifacts/benchmarks/loop_against_vectorised.json
	cp artifacts/mnist/originals/comparison.svg docs/originals.svg
	$(BIN)/snakemake --cores $(CORES) --config suite=questions
	cp artifacts/mnist/questions.md docs/
	mkdir -p docs/questions && cp artifacts/mnist/questions/*.png docs/questions/
	$(BIN)/snakemake --cores $(CORES) --rerun-triggers mtime --forcerun records --config suite=records
	$(BIN)/snakemake --cores $(CORES) --rerun-triggers mtime --forcerun protocol --config suite=records-search
	$(BIN)/scrawl page --template workflow/studies/records/page.md --output docs/records.md \
		--facts records=artifacts/mnist/records/records/table.json \
		protocol=artifacts/mnist_search/records/records-search/protocol.json
	$(BIN)/snakemake --cores $(CORES) --rerun-triggers mtime --forcerun records --config suite=constrained
	$(BIN)/snakemake --cores $(CORES) --rerun-triggers mtime --forcerun protocol --config suite=constrained-search
	$(BIN)/scrawl page --template workflow/studies/records/constrained.md --output docs/constrained.md \
		--facts records=artifacts/mnist/records/constrained/table.json \
		protocol=artifacts/mnist_search/records/constrained-search/protocol.json
	$(BIN)/snakemake --cores $(CORES) --rerun-triggers mtime --config suite=people
	$(BIN)/scrawl page --template workflow/studies/people/page.md --output docs/people.md \
		--facts people=artifacts/people.json
	$(BIN)/snakemake --cores $(CORES) --config suite=robustness
	$(BIN)/snakemake --cores $(CORES) --config suite=robustness dataset=mnist seed=1
	$(BIN)/scrawl page --template workflow/studies/robustness/page.md --output docs/robustness.md \
		--facts glyphs=artifacts/glyphs/robustness/robustness/table.json \
		mnist=artifacts/mnist/robustness/robustness@1/table.json
	cp artifacts/glyphs/robustness/robustness/images.png docs/robustness-images.png
	cp artifacts/glyphs/robustness/robustness/curves.svg docs/robustness-curves.svg
	$(BIN)/python -m benchmarks.diagnosis --bed judge
	$(BIN)/python -m benchmarks.diagnosis --cost
	$(BIN)/python -m benchmarks.diagnosis --page docs/diagnosis.md

# All pages and the documentation of the library, from its docstrings, as site/index.html: it opens
# offline. Warnings, such as of links that lead nowhere, are errors; so is anything to be loaded from
# elsewhere. Installs the extra `docs` beside the locked packages.
site: env
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[docs]'
	rm -rf site
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --conf-dir docs/site . site
	! grep -rlE '<(script|link|img|iframe)[^>]*(src|href)="(https?:)?//' --include='*.html' site

# Pins every package by version and hash, for Python 3.11 and later, and names no index.
lock: env
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

clean:
	rm -rf .venv .snakemake artifacts/*/
