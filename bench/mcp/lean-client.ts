import { connect, type Socket } from 'node:net';

/**
 * A minimal client of Streamable HTTP. Node's takes longer for a call than a fast gateway, so it would limit the rate.
 */
export class LeanClient {
  readonly #port: number;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  readonly #idle: Socket[] = [];
  #session: string | null = null;

  constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
  }

  /** Resolves with the answer, its head included. */
  post(message: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = this.#idle.pop() ?? this.#connect();
      let answer = '';
      const end = () => {
        socket.off('data', onData).off('close', onClose);
      };
      const onClose = () => {
        end();
        reject(new Error('the connection was closed'));
      };
      const onData = (text: string) => {
        answer += text;
        if (!isWhole(answer)) return;
        end();
        this.#idle.push(socket);
        this.#session ??= /^mcp-session-id: (.*)\r$/im.exec(answer)?.[1] ?? null;
        resolve(answer);
      };
      socket.on('data', onData).on('close', onClose);
      socket.write(this.#head(Buffer.byteLength(message)) + message);
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true }).setEncoding('latin1');
    this.#sockets.add(socket);
    // `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      const at = this.#idle.indexOf(socket);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    return socket;
  }

  #head(length: number): string {
    const session = this.#session === null ? '' : `mcp-session-id: ${this.#session}\r\n`;
    return (
      `POST ${this.#path} HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\ncontent-type: application/json\r\n` +
      `accept: application/json, text/event-stream\r\nmcp-protocol-version: 2025-06-18\r\n${session}content-length: ${length}\r\n\r\n`
    );
  }
}

/** Whether this is all of an answer. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const head = answer.slice(0, end);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return answer.length >= end + 4 + Number(length);
  return !/^transfer-encoding: chunked/im.test(head) || answer.endsWith('\r\n0\r\n\r\n');
}
