# The pages and their server. The build context is what rehearsal/bin/buildImages.ts made of it.
# No default, because a tag moves: name:tag@sha256:... of a Node 20 image on Debian.
ARG NODE_IMAGE
FROM ${NODE_IMAGE}
ARG RELEASE
# As in rehearsal/images/build.ts: two releases side by side fit beside everything else.
ENV NODE_ENV=production \
    RELEASE=${RELEASE} \
    NODE_OPTIONS="--max-semi-space-size=2 --max-old-space-size=64" \
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
WORKDIR /app
COPY --chown=root:root . .
# The image's own unprivileged account, `node`; port 80 is opened to it by net.ipv4.ip_unprivileged_port_start, which Docker sets
# by itself and the task definition on ECS.
USER 1000:1000
EXPOSE 80
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:80/').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.mjs"]
