# The server as an image: `docker build -t rolecall .`
FROM node:24-slim AS playground
WORKDIR /source
COPY web web
RUN cd web && npm ci --no-progress && npm run build

FROM rust:1.94-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
COPY --from=playground /source/web/dist web/dist
RUN cargo build --release --locked --package rolecall

# glibc, the certificates of the public authorities, and nothing to log in with.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/rolecall /usr/local/bin/rolecall
# An embedded database, mail to files and the key for links end up here unless the settings say otherwise.
WORKDIR /home/nonroot
ENV ROLECALL_LISTEN=0.0.0.0:8000 ROLECALL_LOG_FORMAT=json
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/rolecall"]
CMD ["serve"]
