# The images of the orchestrators, one target a service: scripts/build-images.sh builds them all.
# For Docker 20.10's builder as well, so without anything that only BuildKit understands.
ARG BASE_IMAGE=node:20-bookworm-slim

# The bundles: those of the context (scripts/bundle.mjs makes them in seconds), or made here.
FROM ${BASE_IMAGE} AS bundles
ARG OAK_VERSION=latest
LABEL org.opencontainers.image.version=${OAK_VERSION}
WORKDIR /source
COPY . .
RUN scripts/image/have-bundles

FROM ${BASE_IMAGE} AS stripped
ARG OAK_VERSION=latest
LABEL org.opencontainers.image.version=${OAK_VERSION}
COPY scripts/image/strip /tmp/strip
RUN /tmp/strip && rm /tmp/strip

# One layer, in which what was taken away is really gone.
FROM scratch AS runtime
ARG OAK_VERSION=latest
COPY --from=stripped / /
COPY scripts/image/healthy /usr/local/bin/healthy
# A named volume takes over the owner of the folder in whose place it comes.
RUN mkdir -p /data /opt/oak && chown 10001:10001 /data
LABEL org.opencontainers.image.vendor="oak" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=${OAK_VERSION}
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /opt/oak
USER 10001:10001
STOPSIGNAL SIGTERM
# The flags of scripts/launch, which says why. No shell and no init in between: the program itself takes SIGTERM.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--max-old-space-size=256", "main.js"]

FROM runtime AS system-manager
LABEL org.opencontainers.image.title="oak system-manager" \
      org.opencontainers.image.description="The public REST API of the root and its placer"
COPY --from=bundles /source/build/system-manager ./
ENV OAK_HOST=0.0.0.0 OAK_DATA_DIR=/data
VOLUME /data
EXPOSE 10000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "OAK_HOST", "MY_PORT", "10000"]

FROM runtime AS root-network-manager
LABEL org.opencontainers.image.title="oak root-network-manager" \
      org.opencontainers.image.description="Addresses of services, instances and workers"
COPY --from=bundles /source/build/root-network-manager ./
ENV OAK_HOST=0.0.0.0 OAK_DATA_DIR=/data
VOLUME /data
EXPOSE 10099
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "OAK_HOST", "MY_PORT", "10099"]

FROM runtime AS resource-abstractor
LABEL org.opencontainers.image.title="oak resource-abstractor" \
      org.opencontainers.image.description="Applications, services, instances and candidates of a tier"
COPY --from=bundles /source/build/resource-abstractor ./
ENV RESOURCE_ABSTRACTOR_HOST=0.0.0.0 OAK_DATA_DIR=/data
VOLUME /data
EXPOSE 11011
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "RESOURCE_ABSTRACTOR_HOST", "RESOURCE_ABSTRACTOR_PORT", "11011"]

FROM runtime AS scheduler
LABEL org.opencontainers.image.title="oak scheduler" \
      org.opencontainers.image.description="Proposes where an instance goes, at a root or a cluster"
COPY --from=bundles /source/build/scheduler ./
# At a cluster: ORCHESTRATION_PLANE=cluster and API_PORT=10105.
ENV SCHEDULER_HOST=0.0.0.0 ORCHESTRATION_PLANE=root API_PORT=10004
EXPOSE 10004
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "SCHEDULER_HOST", "API_PORT", "10004"]

FROM runtime AS cluster-manager
LABEL org.opencontainers.image.title="oak cluster-manager" \
      org.opencontainers.image.description="The workers of one cluster: registration, assignments, health"
COPY --from=bundles /source/build/cluster-manager ./
ENV OAK_HOST=0.0.0.0 OAK_DATA_DIR=/data
VOLUME /data
EXPOSE 10100/tcp 10100/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "OAK_HOST", "MY_PORT", "10100"]

FROM runtime AS cluster-network-manager
LABEL org.opencontainers.image.title="oak cluster-network-manager" \
      org.opencontainers.image.description="Tells the workers of one cluster what stands behind addresses"
COPY --from=bundles /source/build/cluster-network-manager ./
ENV OAK_HOST=0.0.0.0 OAK_DATA_DIR=/data
VOLUME /data
EXPOSE 10110
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "OAK_HOST", "MY_PORT", "10110"]

FROM runtime AS mqtt-broker
LABEL org.opencontainers.image.title="oak mqtt-broker" \
      org.opencontainers.image.description="The line between a cluster and its workers"
COPY --from=bundles /source/build/mqtt-broker ./
# The port of health also ends sessions for the cluster-manager, which shows the tier's secret.
ENV OAK_HOST=0.0.0.0 HEALTH_HOST=0.0.0.0
EXPOSE 10003 10013
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["healthy", "HEALTH_HOST", "HEALTH_PORT", "10013"]
