import { Peer, type PeerEnd, type RawTls, type RawTlsServer } from './raw-tls.js';

/**
 * The identity and fault cases: everything that a client and a server exchange over TLS must be the same with the proxy between
 * them, including the ends of connections. Scripts wait for each other's bytes, never for time.
 */
export interface IdentityCase {
  name: string;
  client(self: Peer, server: Peer): Promise<void>;
  server(self: Peer, client: Peer): Promise<void>;
}

/** What one end saw. */
interface EndTranscript {
  received: string;
  end: PeerEnd;
}

export interface Transcript {
  client: EndTranscript;
  server: EndTranscript;
}

/** Opens a client connection to the server on this port of localhost, by whatever way is under test. */
export type ConnectTo = (port: number) => Promise<RawTls>;

/** Plays one case; both transcripts are final when it resolves. */
export async function playCase(
  { client, server }: IdentityCase,
  listener: RawTlsServer,
  connect: ConnectTo,
): Promise<Transcript> {
  const [opened, serverPeer] = await Promise.all([connect(listener.port), listener.accept()]);
  const clientPeer = new Peer(opened);
  await Promise.all([client(clientPeer, serverPeer), server(serverPeer, clientPeer)]);
  const [clientEnd, serverEnd] = await Promise.all([clientPeer.ended, serverPeer.ended]);
  return {
    client: { received: clientPeer.received.toString('latin1'), end: clientEnd },
    server: { received: serverPeer.received.toString('latin1'), end: serverEnd },
  };
}
