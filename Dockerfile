# One image for both roles: ROLE=bot, ROLE=worker, or all (the default).
FROM node:20-bookworm-slim AS build
WORKDIR /app
# .npmrc: no package runs its install script.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY handlers handlers
COPY jobs jobs
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=9464 \
    STATE_DIR=/var/lib/zkshift \
    ENSEMBLES_FILE=/etc/zkshift/ensembles.yaml
RUN mkdir -p /var/lib/zkshift /etc/zkshift && chown node:node /var/lib/zkshift
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
VOLUME /var/lib/zkshift
EXPOSE 9464 3000
# To start Node.js takes seconds on a busy machine, and a program that works must not be called unhealthy for it.
HEALTHCHECK --interval=15s --timeout=10s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.HTTP_PORT||9464)+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# No shell and no npm in between, so that SIGTERM reaches the program and it can hand its leases over.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
