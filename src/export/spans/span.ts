/** A span of a trace, as plain data. Times in unix milliseconds. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  /** client: a call over the network; internal: work of the traced program itself. */
  kind: 'client' | 'internal';
  start: number;
  end: number;
  attributes: Attributes;
  /** The request before it in its thread. */
  follows: string | null;
  /** Null when all went well; else what happened, which can be empty. */
  failure: string | null;
}

export type Attributes = Record<string, string | number | boolean | string[] | number[]>;

/** Attributes that are known: OpenTelemetry has no null. */
export function known(given: Record<string, Attributes[string] | null | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, Attributes[string]] => entry[1] != null),
  );
}
