import { formatBytes } from '../../text/units.js';
import type { Output } from './output.js';

/** Beyond the bodies, an entry has headers, figures and sources. */
const ENTRY_BYTES = 8 * 1_024;
/** JSON inside JSON: each of its quotes is escaped. */
const ESCAPED = 1.1;

/** What a file with bodies comes to, in bytes: each request carries its whole conversation. @param bodies bytes on the wire */
export function estimateSize(requests: number, bodies: number): number {
  return Math.round(bodies * ESCAPED) + requests * ENTRY_BYTES;
}

/** An output that knows what was written to it. */
export interface MeasuredOutput extends Output {
  readonly bytes: number;
}

export function measured(output: Output): MeasuredOutput {
  let bytes = 0;
  return {
    ...output,
    get bytes() {
      return bytes;
    },
    write(text) {
      bytes += Buffer.byteLength(text);
      return output.write(text);
    },
  };
}

/** `, 12.3 MB of about 1.8 GB`. */
export function describeWritten(bytes: number, estimate: number): string {
  return estimate === 0 ? '' : `, ${formatBytes(bytes)} of about ${formatBytes(Math.max(bytes, estimate))}`;
}
