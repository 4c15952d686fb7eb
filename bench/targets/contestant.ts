import type { Measurement, Turn } from '../measurement.js';

/** One way from the client to the upstream. */
export interface Contestant {
  name: string;
  /** @throws Error when it cannot take part; it is then named and left out. */
  start(arena: Arena): Promise<Runner>;
}

/** What all contestants share. */
export interface Arena {
  /** `https://localhost:port` */
  upstream: string;
  /** The upstream's authority, a PEM file. */
  caFile: string;
  /** A folder of the contestant's own, which exists. */
  folder: string;
  /** The least that a process needs; nothing of the caller's proxies, authorities or Claude settings. */
  env: Readonly<Record<string, string>>;
}

export interface Runner {
  measure(turn: Turn): Promise<Measurement>;
  /** Waits until work that the last turn left behind is done, so that it does not burden the next contestant. */
  settle(): Promise<void>;
  /** Ends all its processes. */
  stop(): Promise<Ending>;
}

export interface Ending {
  /** What a process said on stderr, or an exit code that is not 0; empty when all went well. */
  complaints: string;
  capture: Capture | null;
}

/** What the product stored of what its client sent. */
export interface Capture {
  sent: number;
  /** Rows of complete exchanges. */
  stored: number;
  attributed: number;
  /** Bodies that were cut because the recorder fell behind. */
  cutBodies: number;
  /** How fast exchanges of each workload came to rest: sent by the time from the first to the last one stored. */
  storedPerSecond: Record<string, number | null>;
}
