import { Pool } from 'undici';

const CONNECT_MS = 5_000;
/** How long idle connections are kept to servers that do not say when they close them (Keep-Alive). */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 60_000;
/** Maximum size of the headers of an answer. */
const MAX_HEADER_BYTES = 32 * 1024;

/** Connections to one server. */
export interface HttpPools {
  requests: Pool;
  /** For messages that must not wait for a connection of requests. */
  others: Pool;
}

/**
 * @param ca PEM with the authorities of its certificate; null for those of Node
 * @param connections maximum number for requests
 */
export function openPools(origin: string, ca: string | null, connections: number): HttpPools {
  const options: Pool.Options = {
    connectTimeout: CONNECT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // The route has limits of its own, which distinguish streams.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(ca !== null && { connect: { ca, timeout: CONNECT_MS } }),
  };
  return { requests: new Pool(origin, { ...options, connections }), others: new Pool(origin, options) };
}
