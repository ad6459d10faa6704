# syntax=docker/dockerfile:1

FROM rust:1.95-slim-trixie AS build
# aws-lc and SQLite are compiled from C.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake gcc g++ make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# The commit that `cognate --version` names: --build-arg COGNATE_COMMIT="$(git rev-parse HEAD)".
ARG COGNATE_COMMIT=
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin cognate \
    && cp target/release/cognate /cognate

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 65532 --home-dir /var/lib/cognate --create-home cognate
COPY --from=build /cognate /usr/local/bin/cognate
# Not as COGNATE__ variables, which would win over a file that is mounted in its place.
COPY config/container.toml /etc/cognate/cognate.toml
# For developers, where COGNATE_CONFIG names it.
COPY config/development-container.toml /etc/cognate/development.toml
ENV COGNATE_CONFIG=/etc/cognate/cognate.toml
VOLUME /var/lib/cognate
USER 65532
WORKDIR /var/lib/cognate
EXPOSE 2646 2647 2648
# Of the API itself, on the configured port.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/local/bin/cognate", "health"]
ENTRYPOINT ["/usr/local/bin/cognate"]
