/** The place of a time in an event: the time itself is set when the event is sent. */
export const NO_TIME = '@00000000000.000 ';

const STAMP = /@(\d{11}\.\d{3}) /g;

/** Milliseconds of the machine's own clock, which all its processes share. */
function machineTime(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** The event with the time of now. */
export function stamped(event: string): string {
  return event.replace(NO_TIME, () => `@${machineTime().toFixed(3).padStart(15, '0')} `);
}

/** Reads from chunks how long their events were on their way, milliseconds. */
export function createStampReader(): (chunk: Buffer) => number[] {
  let rest = '';
  return (chunk) => {
    const at = machineTime();
    const text = rest + chunk.toString('latin1');
    rest = text.slice(text.lastIndexOf('\n') + 1);
    return [...text.slice(0, text.length - rest.length).matchAll(STAMP)].map(([, sent]) => at - Number(sent));
  };
}
