import { describeError } from '../base/error-text.js';
import { UserError } from '../base/errors.js';
import { CannotListenError } from '../base/listen-on.js';
import type { Budgets } from '../model/budget.js';
import type { PriceOverride } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import { VERSION } from '../settings/version.js';
import { type ApiServer, announce, loadToken, startApi, withdraw } from './index.js';

export interface Serving {
  paths: Pick<Paths, 'database' | 'apiToken'>;
  prices: Record<string, PriceOverride>;
  budgets: Budgets;
  host: string;
  /** 0 picks a free port. */
  port: number;
  log(message: string): void;
  onFollowed?(followed: boolean): void;
  pass?: <Result>(work: () => Result) => Result | null;
  loadsOnRequest?: boolean;
}

/**
 * Starts the HTTP API and announces it beside the database.
 *
 * @throws PortError; Error when the token or the announcement cannot be written
 */
export async function serve({ paths, host, port, ...options }: Serving): Promise<ApiServer> {
  const { database, apiToken } = paths;
  const token = loadToken(apiToken);
  const server = await startApi({ ...options, database, token, host, port, version: VERSION }).catch((error) => {
    throw error instanceof CannotListenError ? withOptions(error, host, port) : error;
  });
  try {
    const { url } = server;
    const startedAt = new Date().toISOString();
    announce(database, { url, token_file: apiToken, started_at: startedAt, version: VERSION });
    return {
      ...server,
      async close() {
        try {
          withdraw(database);
        } finally {
          await server.close();
        }
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The server cannot listen at this address. */
export class PortError extends UserError {
  override readonly name = 'PortError';
}

/** The error with the options that help. */
function withOptions(error: CannotListenError, host: string, port: number): UserError {
  const { code, cause } = error;
  if (code === 'EADDRINUSE') {
    return new PortError(`Port ${port} of ${host} is in use. Choose another with --port, or --port 0 for a free one.`);
  }
  if (code === 'EACCES') {
    return new PortError(`Port ${port} needs more rights. Choose one from 1024 on, or --port 0 for a free one.`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new PortError(
      `"${host}" is not an address of this machine (${describeError(cause)}). Leave --host out for 127.0.0.1.`,
    );
  }
  return error;
}
