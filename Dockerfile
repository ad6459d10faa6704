# syntax=docker/dockerfile:1

FROM rust:1.95-slim-trixie AS build
# aws-lc and SQLite are compiled from C.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake gcc g++ make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin cognate \
    && cp target/release/cognate /cognate

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 65532 --home-dir /var/lib/cognate --create-home cognate
COPY --from=build /cognate /usr/local/bin/cognate
# Not as COGNATE__ variables, which would win over a file that is mounted in its place.
COPY config/container.toml /etc/cognate/cognate.toml
ENV COGNATE_CONFIG=/etc/cognate/cognate.toml
VOLUME /var/lib/cognate
USER 65532
WORKDIR /var/lib/cognate
EXPOSE 2646 2647
# Of the API itself, for metrics may be off; over TLS where that is switched on. Another port than
# 2646 needs a health check of its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD curl --fail --silent http://127.0.0.1:2646/health/ready \
        || curl --fail --silent --insecure https://127.0.0.1:2646/health/ready
ENTRYPOINT ["/usr/local/bin/cognate"]
