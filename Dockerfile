# The image: one static binary, the licences of what is in it, and nothing else.
#
#   docker build -t towline .
#   docker build -t towline --platform linux/arm64 .      # or linux/amd64, linux/arm/v7: cross-compiled
#
# --build-arg REVISION=$(git describe --always --dirty --abbrev=12) names the source, which is copied without .git.
# --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) gives every file and the image that date: the same source,
# built with the same Debian packages, is then the same image, byte for byte.
# --build-arg BASE=debian:trixie-slim@sha256:… names the image that all is built in by what it is, as a release does.
ARG BASE=debian:trixie-slim

# --- libraries: rebuilt when a patch or scripts/setup changes ---------------------------------------------------
FROM --platform=$BUILDPLATFORM $BASE AS libraries
WORKDIR /towline
COPY scripts/setup scripts/fetch-source scripts/
COPY third_party third_party
ARG TARGETARCH
RUN case "$TARGETARCH" in arm) target=armhf ;; *) target=$TARGETARCH ;; esac; \
    apt-get -qq update && scripts/setup --build-only --target "$target" && rm -rf /var/lib/apt/lists/*

# --- the program --------------------------------------------------------------------------------------------------
FROM libraries AS build
# What the binary was linked with is here, and not in the image: `docker buildx build --sbom=true` lists it.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY src src
ARG REVISION=unknown
ARG SOURCE_DATE_EPOCH=0
# JOBS: how many compilers at a time, each takes up to 1.5 GB; by default one for each processor.
ARG JOBS
# Without -g, which changes no instruction and is stripped anyway: the build takes two thirds of the time.
RUN cmake --preset release -DTOWLINE_TESTS=OFF -DTOWLINE_REVISION="$REVISION" \
      -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" && \
    cmake --build --preset release --target towline --parallel "${JOBS:-$(nproc)}" && \
    strip=$(sed -n 's/^CMAKE_STRIP:.*=//p' build/release/CMakeCache.txt) && \
    "$strip" -o /towline.stripped build/release/towline && \
    chmod 0555 /towline.stripped && touch -d "@$SOURCE_DATE_EPOCH" /towline.stripped

# The notices of towline and of all that is linked in, each as it came; the texts that they name are Debian's. Boost's
# licence asks for none beside a binary.
COPY LICENSE ./
RUN mkdir /licenses && cp LICENSE /licenses/towline && \
    for library in libssh libssh2; do cp "build/deps/source/$library/debian/copyright" "/licenses/$library"; done && \
    tar -xOf build/deps/source/prometheus-cpp_*.orig.tar.gz --wildcards '*/LICENSE' > /licenses/prometheus-cpp && \
    for package in libssl-dev libc-ares-dev libcrypt-dev zlib1g-dev libc6 'gcc-*-base'; do \
      for found in /usr/share/doc/$package; do cp "$found/copyright" "/licenses/${found##*/}" || exit 1; done; \
    done && \
    cp /usr/share/common-licenses/LGPL-2.1 /usr/share/common-licenses/GPL-3 /usr/share/common-licenses/Apache-2.0 /licenses/ && \
    chmod -R u=rwX,go=rX /licenses && find /licenses -exec touch -d "@$SOURCE_DATE_EPOCH" {} +

# --- what is shipped ----------------------------------------------------------------------------------------------
FROM scratch
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="towline" \
      org.opencontainers.image.description="Keeps SSH port forwards alive in containers" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /towline.stripped /towline
COPY --from=build /licenses /licenses
# Kubelet and Prometheus come from outside of the container; publish no port and nobody else does.
ENV TOWLINE_ADMIN_LISTEN=0.0.0.0:9022
EXPOSE 9022
# A number, so that runAsNonRoot can be checked. Any other works too: nothing is written and no name is looked up.
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 CMD ["/towline", "healthcheck"]
ENTRYPOINT ["/towline"]
