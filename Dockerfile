# scrawl and everything that it was tested with, by version and hash:
#   docker build --tag scrawl .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" scrawl --cores 4
# Artifacts lie in the folder from which that is run. docs/clusters.md has the same for Apptainer.

# The Python of the tests.
FROM python:3.11-slim

# The packages first: they are fetched again only when the lock changes. The commands are those of
# the Makefile.
WORKDIR /scrawl
COPY requirements.lock .
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE Snakefile config.yaml ./
COPY src src
COPY workflow workflow
COPY profiles profiles
COPY data data
RUN python -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --editable .

# Any user may run it: Snakemake and matplotlib keep caches in the home folder, and Snakemake asks for
# a name, which an unknown user of `docker run --user` has not.
ENV HOME=/tmp
ENV USER=scrawl
WORKDIR /work
ENTRYPOINT ["snakemake", "--snakefile", "/scrawl/Snakefile"]
