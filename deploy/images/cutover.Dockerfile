# The command line, for the tasks that move the data. The build context is what rehearsal/bin/buildImages.ts made of it, and
# program.json, which `cutover evidence subject` wrote: there is no checkout in here.
# No default, because a tag moves: name:tag@sha256:... of a Node 20 image on Debian.
ARG NODE_IMAGE
FROM ${NODE_IMAGE}
ARG RELEASE
# As in rehearsal/images/build.ts: what dies young is let go at once.
ENV NODE_ENV=production \
    RELEASE=${RELEASE} \
    NODE_OPTIONS="--max-semi-space-size=2" \
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true \
    CUTOVER_PROGRAM_FILE=/app/program.json
WORKDIR /app
# For `cutover uat`. Where that runs elsewhere: --build-arg BROWSER= leaves the image half as large.
ARG BROWSER=chromium
RUN if [ -n "$BROWSER" ]; then \
      apt-get update \
      && apt-get install --yes --no-install-recommends "$BROWSER" \
      && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --chown=root:root . .
USER 1000:1000
# A task that ends: whether it went well is its exit code.
HEALTHCHECK NONE
# A task names the verb only.
ENTRYPOINT ["node", "cutover.mjs"]
