# The image of every MasterX process: `docker run masterx:TAG worker core`, `… migrate`, `… sql`.

FROM python:3.11.14-slim-bookworm AS build
# For packages without a wheel for this platform. It stays behind in this stage.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/masterx
WORKDIR /src
COPY pyproject.toml constraints.txt ./
# What we depend on changes less often than we do: a layer of its own. The extra is there for MASTERX_TRACE_TO.
RUN python -c 'import tomllib; stated = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
        print("\n".join(stated["dependencies"] + stated["optional-dependencies"]["tracing"]))' \
        > requirements.txt \
    && /opt/masterx/bin/pip install --constraint constraints.txt --requirement requirements.txt
COPY . .
RUN /opt/masterx/bin/pip install --no-deps .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/masterx masterx \
    && install --directory --owner masterx --group masterx /var/lib/masterx
COPY --from=build /opt/masterx /opt/masterx
ENV PATH=/opt/masterx/bin:$PATH PYTHONUNBUFFERED=1 MASTERX_DATA_DIR=/var/lib/masterx
USER masterx
WORKDIR /home/masterx
ENTRYPOINT ["masterx"]
CMD ["--help"]
