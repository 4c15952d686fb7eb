/** llhttp as Node itself uses it, as far as we do. It has no public types. */
declare module 'node:_http_common' {
  export const methods: readonly string[];
  export class HTTPParser {
    static readonly REQUEST: number;
    static readonly RESPONSE: number;
    static readonly kOnHeaders: number;
    static readonly kOnHeadersComplete: number;
    static readonly kOnBody: number;
    static readonly kOnMessageComplete: number;
    initialize(type: number, resource: object): void;
    /** An Error if the bytes are refused; otherwise their number, or fewer if the connection becomes another protocol. */
    execute(bytes: Buffer): number | Error;
    finish(): Error | undefined;
    [callback: number]: (...given: never[]) => number | undefined;
  }
}
