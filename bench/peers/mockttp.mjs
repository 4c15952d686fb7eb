/**
 * mockttp as a plain proxy, a process: passes everything through. Says its port in a line, ends with its stdin.
 * Upstream's authority is trusted by NODE_EXTRA_CA_CERTS: with `additionalTrustedCAs` mockttp makes its TLS context anew for
 * each request, and takes twice the time.
 */
import { generateCACertificate, getLocal } from 'mockttp';

const https = await generateCACertificate();
const server = getLocal({ https, http2: false });
await server.start();
await server.forAnyRequest().thenPassThrough();
console.log(JSON.stringify({ port: server.port, caPem: https.cert }));
process.stdin.resume().on('end', () => process.exit());
