# One image for the worker and the HTTP server. Debian, since Temporal's native core needs glibc: it does not run on Alpine.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
# Temporal's native core trusts the system's certificates when it connects to Temporal Cloud.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY . .
USER node
EXPOSE 7070
ENTRYPOINT ["node", "client/cli/joinery.js"]
CMD ["serve"]
