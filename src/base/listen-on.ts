import type { Server } from 'node:net';
import { codeOf, describeError } from './error-text.js';
import { UserError } from './errors.js';
import { hostAndPort } from './host-and-port.js';

/** A server cannot listen at its address. */
export class CannotListenError extends UserError {
  override readonly name = 'CannotListenError';
  /** The code of the system, such as `EADDRINUSE`, or null. */
  readonly code: string | null;

  /** @param server its name, such as `gateway` */
  constructor(server: string, host: string, port: number, cause: unknown) {
    const address = hostAndPort(host, port);
    super(`The ${server} cannot listen on ${address}: ${reasonOf(cause)}.`, { cause });
    this.code = codeOf(cause);
  }
}

function reasonOf(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another one';
    case 'EACCES':
      return 'the port needs more rights; choose one from 1024 on';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'this machine has no such address';
    default:
      return describeError(cause);
  }
}

/**
 * Listens, and goes on when a connection cannot be accepted (no more file descriptors).
 * @param name of the server, for the error
 * @param port 0 picks a free port
 * @returns the port that was bound
 * @throws CannotListenError
 */
export function listenOn(server: Server, name: string, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.on('error', (error) => reject(new CannotListenError(name, host, port, error)));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
