# photolog serve in a container: docker build -t photolog . && docker compose up
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /photolog
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json oclif.manifest.json ./
COPY bin bin
COPY scripts scripts
COPY src src
# The image brings a Node.js of its own.
RUN npm run build && npm prune --omit=dev --no-audit --no-fund && rm -rf node_modules/node node_modules/node-linux-*

FROM node:24.21.0-bookworm-slim
# Posters of films are made by ffmpeg.
RUN apt-get update \
  && apt-get install --assume-yes --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /photolog
COPY --from=build /photolog/node_modules node_modules
COPY --from=build /photolog/package.json /photolog/oclif.manifest.json ./
COPY --from=build /photolog/bin bin
COPY --from=build /photolog/dist dist
RUN ln -s /photolog/bin/run.js /usr/local/bin/photolog && install --directory --owner=node --group=node /data
# Everything that is written goes to /data and /tmp: the rest may be read-only.
ENV NODE_ENV=production \
  HOME=/data \
  XDG_DATA_HOME=/data \
  PHOTOLOG_UPLOAD_FOLDER=/data/spool \
  PHOTOLOG_DB_FILE=/data/photolog.db
USER node
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=5s --retries=3 CMD node -e "fetch('http://127.0.0.1:5000/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
STOPSIGNAL SIGTERM
ENTRYPOINT ["photolog"]
CMD ["serve", "--host", "0.0.0.0", "--port", "5000"]
