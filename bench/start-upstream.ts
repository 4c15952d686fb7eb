import { writeUpstreamCertificate } from './certificate.js';
import { type LineProcess, startLineProcess, typescript } from './child-process.js';
import type { Arena } from './targets/contestant.js';

export interface Upstream extends Pick<Arena, 'upstream' | 'caFile'> {
  /** Its process. */
  server: LineProcess;
}

/** The server that all contestants reach. @param folder for its certificate */
export async function startUpstream(folder: string, env: Arena['env']): Promise<Upstream> {
  const { certFile, keyFile, caFile } = writeUpstreamCertificate(folder);
  const server = startLineProcess(typescript('upstream.ts'), { ...env, BENCH_CERT: certFile, BENCH_KEY: keyFile });
  const { port } = (await server.next()) as { port: number };
  return { server, caFile, upstream: `https://localhost:${port}` };
}
