/**
 * mockttp as a plain proxy, a process: passes everything through. Says its port in a line, ends with its stdin.
 * Upstream's authority is trusted by NODE_EXTRA_CA_CERTS: with `additionalTrustedCAs` mockttp makes its TLS context again for
 * each request, and takes twice the time (spec of the proxy, measured there).
 *
 * Its 500s, "Passthrough loop detected", at 100 connections: it takes a client for itself when their address and port equal those of
 * one of its own sockets to upstream (isSocketLoop in 4.6.5). On loopback the system may well give both the same port.
 */
import { generateCACertificate, getLocal } from 'mockttp';

const https = await generateCACertificate();
const server = getLocal({ https, http2: false });
await server.start();
await server.forAnyRequest().thenPassThrough();
console.log(JSON.stringify({ port: server.port, caPem: https.cert }));
process.stdin.resume().on('end', () => process.exit());
